#pragma once

#include <array>
#include <atomic>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"

#include "core/ids.h"
#include "core/timestamp.h"

namespace daybook::storage::sqlite {

// The place of an event in order of event time. No event need be there: keys are bounds too.
struct EventTimeKey {
  Micros time = 0;
  int64_t seq = 0;

  friend constexpr auto operator<=>(const EventTimeKey&, const EventTimeKey&) = default;
};

// Before all events, and behind.
inline constexpr EventTimeKey kLeastKey = {.time = std::numeric_limits<Micros>::min(),
                                           .seq = std::numeric_limits<int64_t>::min()};
inline constexpr EventTimeKey kGreatestKey = {.time = std::numeric_limits<Micros>::max(),
                                              .seq = std::numeric_limits<int64_t>::max()};

// The keys that come behind `after` in a direction, of the events up to `last`.
struct KeyRange {
  EventTimeKey after;
  Seq last{0};
  bool descending = false;
  size_t limit = 0;

  bool Holds(const EventTimeKey& key) const {
    return (descending ? key < after : key > after) &&
           key.seq <= static_cast<int64_t>(last.value());
  }
};

// The event times of a segment that has no indexes yet, of those events alone where they
// differ from the record time.
//
// One thread adds. Others may read at the same time, and find what was added before.
class EventTimes {
 public:
  explicit EventTimes(uint64_t capacity);

  // The seqs rise.
  void Add(EventTimeKey key);

  // The first ones of the range of which `is_wanted` says so of the seq, in their order. Looks
  // at all that there are.
  std::vector<EventTimeKey> Find(const KeyRange& range,
                                 absl::FunctionRef<bool(Seq)> is_wanted) const;

  size_t size_in_bytes() const;

 private:
  static constexpr size_t kChunk = 1'024;
  using Chunk = std::array<EventTimeKey, kChunk>;

  // What is below the size never changes, nor does its place.
  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::atomic<size_t> size_ = 0;
};

}  // namespace daybook::storage::sqlite
