#pragma once

#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include "core/clock.h"
#include "journal/checkpointer.h"
#include "journal/prover.h"
#include "journal/work_pool.h"
#include "ledger/note.h"
#include "ledger/note_key.h"
#include "signer/log_signer.h"
#include "storage/event_store.h"
#include "support/memory_checkpoint_store.h"
#include "support/temp_folder.h"
#include "support/waiting_answer.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::testing {

inline constexpr char kTestOrigin[] = "test.example/log";

// Signs the events of a store, as often as it can. For programs that link journal.
//
// Thread-safe.
class SignedLog {
 public:
  // All must outlive it.
  SignedLog(storage::EventStore& events, const Clock& clock, telemetry::Metrics& metrics,
            journal::Checkpointer::Options options = {.spacing = absl::Milliseconds(1)})
      : log_(log_text_, clock),
        checkpointer_(journal::Checkpointer::Start(Signer(),
                                                   {.events = events,
                                                    .checkpoints = checkpoints_,
                                                    .clock = clock,
                                                    .metrics = metrics,
                                                    .log = log_},
                                                   std::move(options))
                          .value()),
        prover_(events, checkpoints_, *checkpointer_, pool_) {}

  MemoryCheckpointStore& checkpoints() { return checkpoints_; }
  journal::Checkpointer& checkpointer() { return *checkpointer_; }
  journal::Prover& prover() { return prover_; }

  // Has a witness cosign a checkpoint of at least `size` events, once there is one.
  void Cosign(LogSize size) {
    WaitingAnswer<journal::Published> covered;
    checkpointer_->WhenCovered(size, covered.Take());
    const journal::PublishedCheckpoint signed_one = **covered.Get();
    const std::string text = ledger::ParseNote(signed_one.note)->text;
    checkpointer_->PublishWitnessed(
        std::make_shared<const journal::PublishedCheckpoint>(journal::PublishedCheckpoint{
            .head = signed_one.head,
            .note = signed_one.note +
                    ledger::FormatSignature(witness_.Sign(text, absl::UnixEpoch()))}));
  }
  const ledger::VerifierKey& witness() const { return witness_.verifier(); }

  // The key that it signs with.
  ledger::VerifierKey verifier() const { return Signer().verifier(); }

 private:
  signer::LogSigner Signer() const {
    return signer::LogSigner::Open(signer::SignerFolder(folder_.path()), kTestOrigin).value();
  }

  const ledger::SigningKey witness_{"witness.example/w", ledger::KeyType::kWitness, {2}};
  const TempFolder folder_;
  std::ostringstream log_text_;
  telemetry::Log log_;
  MemoryCheckpointStore checkpoints_;
  journal::WorkPool pool_{/*turns=*/2, /*max_waiting=*/64};
  std::unique_ptr<journal::Checkpointer> checkpointer_;
  journal::Prover prover_;
};

}  // namespace daybook::testing
