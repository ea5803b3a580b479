#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "core/timestamp.h"
#include "query/filter.h"
#include "storage/sqlite/segments.h"

namespace daybook::storage::sqlite {

// The events from `begin` up to, without, `end`.
struct SeqBounds {
  uint64_t begin = 0;
  uint64_t end = 0;
};

// Finds where in the log the events of a time are: record time never decreases with seq, so
// a few looks are enough.
//
// Thread-compatible.
class SeqFinder {
 public:
  explicit SeqFinder(const Segments& segments) : with_(segments) {}

  // Those of `within` that may have the seq and the record time that `filter` requires.
  absl::StatusOr<SeqBounds> Narrow(SeqBounds within, const query::Filter& filter);

  // The first of `within` of `time` or later; their end where there is none.
  absl::StatusOr<uint64_t> FirstSince(Micros time, SeqBounds within);

 private:
  absl::StatusOr<Micros> LastTimeOf(uint64_t segment, uint64_t end);

  const Segments with_;
};

}  // namespace daybook::storage::sqlite
