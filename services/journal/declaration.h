#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "event/event_rules.h"
#include "journal/erasure_request.h"
#include "storage/erasure.h"
#include "storage/event_store.h"
#include "storage/new_event.h"

namespace daybook::journal {

// The events with which the log says that something is erased from it, before it
// is: `audit.erased`. docs/erasure.md describes them.

// As many as the ranges take, in order, under request ids that `planned` names.
// INVALID_ARGUMENT on `filter` where they would be too many.
absl::StatusOr<std::vector<storage::NewEvent>> DeclarationOf(const storage::PlannedErasure& planned,
                                                             const ErasureRequest& request,
                                                             uint64_t events,
                                                             const event::EventRules& rules,
                                                             absl::Time now);

// Whether what was planned is declared.
absl::StatusOr<bool> IsDeclared(storage::EventStore& store, const storage::PlannedErasure& planned);

}  // namespace daybook::journal
