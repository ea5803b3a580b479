#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "journal/erasure_request.h"
#include "storage/erasure.h"
#include "storage/event_store.h"

namespace daybook::journal {

// The events that a request would take something out of.
struct ErasableEvents {
  std::vector<storage::SeqRange> ranges;  // ascending
  uint64_t count = 0;
  LogSize as_of{0};  // those below were looked at
};

// Finds them, and compares each with its leaf in the ledger: what was changed must
// not be laundered by erasing it. DATA_LOSS / STORE_DAMAGED where one differs;
// CANCELLED once `cancelled`.
absl::StatusOr<ErasableEvents> FindErasable(storage::EventStore& store,
                                            const ErasureRequest& request,
                                            const std::function<bool()>& cancelled);

}  // namespace daybook::journal
