#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "storage/erasure.h"

namespace daybook::storage {

// Keeps in mind what is being erased and what has been, so that an erasure that
// was declared is completed after a crash. It names places in the log and no
// person. What it says is worth nothing without the declaration in the log, which
// decides; docs/storage.md has the whole order.
//
// Thread-safe.
class ErasureJournal {
 public:
  virtual ~ErasureJournal() = default;

  // Notes what is about to be declared under `name`, when the log has `planned_at`
  // events. On OK the note is on disk.
  virtual absl::StatusOr<PlannedErasure> Plan(const std::string& name, const Erasure& erasure,
                                              LogSize planned_at) = 0;

  // Drops a plan that was never declared; nothing where it is not there.
  virtual absl::Status Forget(const PlannedErasure& planned) = 0;

  // Nothing of it is left to do.
  virtual absl::Status Complete(const PlannedErasure& planned, Micros completed_at) = 0;

  // Those that are neither forgotten nor completed, oldest first. DATA_LOSS where
  // one cannot be read.
  virtual absl::StatusOr<std::vector<PlannedErasure>> Unfinished() = 0;
};

}  // namespace daybook::storage
