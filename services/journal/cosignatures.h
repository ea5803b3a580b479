#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/mutex.h"
#include "daybook/ledger/v1/ledger_service.pb.h"
#include "journal/answer.h"
#include "journal/checkpointer.h"
#include "journal/work_pool.h"
#include "ledger/note.h"
#include "ledger/note_key.h"
#include "storage/checkpoint_store.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// What witnesses that are trusted have said of the log's checkpoints: keeps it, and
// shows it with them.
//
// Thread-safe.
class Cosignatures {
 public:
  // All must outlive it.
  Cosignatures(std::span<const ledger::VerifierKey> witnesses,
               storage::CheckpointStore& checkpoints, Checkpointer& checkpointer, WorkPool& pool,
               telemetry::Metrics& metrics);

  // Shows what is kept. Before anything else is called.
  absl::Status ComeUpToDate();

  // Errors as the contract says. `request` is copied.
  void Add(const ledger::v1::AddCosignaturesRequest& request,
           Answer<ledger::v1::AddCosignaturesResponse> answer);

 private:
  absl::StatusOr<ledger::v1::AddCosignaturesResponse> Keep(const std::string& cosigned);
  // What those that are trusted say in a note; at least one does.
  absl::StatusOr<std::vector<storage::StoredCosignature>> TrustedIn(const ledger::Note& note) const;
  bool IsTrusted(const storage::StoredCosignature& cosignature) const;
  absl::Status Show(LogSize size) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::span<const ledger::VerifierKey> witnesses_;
  storage::CheckpointStore& checkpoints_;
  Checkpointer& checkpointer_;
  WorkPool& pool_;
  telemetry::Gauge witnessed_size_;
  telemetry::Gauge witnessed_at_;

  Mutex mutex_;  // held while one is kept and shown
};

}  // namespace daybook::journal
