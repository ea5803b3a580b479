#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/store_layout.h"
#include "storage/sqlite/segment_reader.h"

namespace daybook::storage::sqlite {

enum class SegmentState {
  kActive,  // takes events
  kFull,    // takes no more, and waits to be sealed
  kSealed,  // never changes again
};

// "active", "full", "sealed".
std::string NameOf(SegmentState state);

// A segment, as its file shows it.
struct SegmentInfo {
  uint64_t number = 0;
  SegmentState state = SegmentState::kActive;
  SegmentEnds ends;
  uint64_t bytes = 0;  // journals included
};

// The segments of a store, in order. Only reads; the store may be in use.
absl::StatusOr<std::vector<SegmentInfo>> ListSegments(const db::sqlite::StoreLayout& layout,
                                                      uint64_t segment_events);

}  // namespace daybook::storage::sqlite
