#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "db/sqlite/store_layout.h"
#include "ledger/hash.h"
#include "storage/sqlite/segment_reader.h"

namespace daybook::cli {

// Reads leaves out of a store's segments, beside a service or without one. Has one
// segment open at a time.
//
// Thread-compatible.
class StoreLeaves {
 public:
  StoreLeaves(db::sqlite::StoreLayout layout, uint64_t segment_events)
      : layout_(std::move(layout)), segment_events_(segment_events) {}

  // The bytes of `count` leaves from `first` on. DATA_LOSS where one is missing.
  absl::StatusOr<std::vector<std::string>> Read(Seq first, size_t count);

  // A complete tile of level 0 as it was stored with the events.
  absl::StatusOr<std::vector<ledger::Hash>> ReadTile(uint64_t number);

 private:
  absl::StatusOr<storage::sqlite::SegmentReader*> Open(Seq seq);

  const db::sqlite::StoreLayout layout_;
  const uint64_t segment_events_;
  uint64_t number_ = 0;  // of the open segment
  std::optional<storage::sqlite::SegmentReader> segment_;
};

}  // namespace daybook::cli
