#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/ledger/v1/ledger_service.pb.h"
#include "journal/answer.h"
#include "journal/checkpointer.h"
#include "journal/receipt.h"
#include "journal/work_pool.h"
#include "storage/checkpoint_store.h"
#include "storage/event_store.h"

namespace daybook::journal {

// Shows that what the log says of itself is so. Works on threads of its own: the
// caller's never waits.
//
// Thread-safe.
class Prover {
 public:
  // All must outlive it.
  Prover(storage::EventStore& events, storage::CheckpointStore& checkpoints,
         Checkpointer& checkpointer, WorkPool& pool)
      : events_(events), checkpoints_(checkpoints), checkpointer_(checkpointer), pool_(pool) {}

  // Errors as the contract says; RESOURCE_EXHAUSTED / QUEUE_FULL where too
  // many reads wait. `request` is copied.
  void GetCheckpoint(const ledger::v1::GetCheckpointRequest& request,
                     Answer<ledger::v1::GetCheckpointResponse> answer);
  void GetInclusionProof(const ledger::v1::GetInclusionProofRequest& request,
                         Answer<ledger::v1::GetInclusionProofResponse> answer);
  void GetConsistencyProof(const ledger::v1::GetConsistencyProofRequest& request,
                           Answer<ledger::v1::GetConsistencyProofResponse> answer);

  // Whether to wait for this is to ask for a proof.
  static bool IsProof(audit::v1::WaitFor wait_for) {
    return wait_for == audit::v1::WAIT_FOR_CHECKPOINT || wait_for == audit::v1::WAIT_FOR_WITNESSED;
  }

  // Gives the receipts their offline proofs, once a checkpoint covers them all, which
  // a witness has cosigned where that is to be waited for. Errors as of Checkpointer,
  // and of reading the store.
  void AddProofs(std::vector<Receipt> receipts, audit::v1::WaitFor wait_for,
                 Answer<std::vector<Receipt>> answer);

 private:
  absl::StatusOr<ledger::v1::GetInclusionProofResponse> ProveInclusion(
      const ledger::v1::GetInclusionProofRequest& request);
  absl::StatusOr<ledger::v1::GetConsistencyProofResponse> ProveConsistency(
      const ledger::v1::GetConsistencyProofRequest& request);

  absl::StatusOr<std::vector<Receipt>> Prove(std::vector<Receipt> receipts,
                                             const PublishedCheckpoint& checkpoint);

  // The size to prove in, and the note of that size, where it is kept.
  struct Target {
    LogSize size;
    std::string note;
  };
  absl::StatusOr<Target> TargetOf(uint64_t asked, absl::string_view field,
                                  const PublishedCheckpoint& newest);

  storage::EventStore& events_;
  storage::CheckpointStore& checkpoints_;
  Checkpointer& checkpointer_;
  WorkPool& pool_;
};

}  // namespace daybook::journal
