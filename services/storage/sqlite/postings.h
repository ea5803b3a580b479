#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "storage/new_event.h"
#include "storage/sqlite/event_times.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/zone.h"

namespace daybook::storage::sqlite {

// Finds the events of a segment that has no indexes yet: a column of digests
// for each lookup key, walked from one end. Walking one takes tens of
// microseconds for a whole segment, less than keeping lists would cost the
// writer, and a few bytes an event.
//
// One thread adds. Others may read below what it has published since, by
// whatever means it does that: a place once written never changes.
class Postings {
 public:
  // For the segment that begins with `first`.
  Postings(Seq first, uint64_t capacity);

  // The next event.
  void Add(const audit::v1::Event& event, Micros created_at);

  // Which of first … last (both inclusive) may have all of `terms`, which are
  // not none; at most `limit`, in the order of the walk.
  struct Walk {
    Seq first;
    Seq last;
    bool newest_first;
    size_t limit;

    // Leaves out what comes up to `seq`; false where nothing is left.
    bool GoOnBehind(Seq seq);
  };
  std::vector<Seq> Find(const std::vector<KeyTerm>& terms, const Walk& walk) const;

  // Whether the event at `seq` may have all of `terms`.
  bool MayHave(const std::vector<KeyTerm>& terms, Seq seq) const {
    return HasAll(terms, seq.value() - first_.value());
  }

  // Which of the events have an event time of their own.
  const EventTimes& event_times() const { return event_times_; }

  // About how much memory it takes.
  size_t size_in_bytes() const;

  // What has been added, for the thread that adds, for others under its lock, or
  // once it has ended.
  uint64_t size() const { return size_; }
  Seq first() const { return first_; }
  Zone ToZone() const;
  const std::vector<KeyDigest>& column(size_t key) const { return columns_[key]; }

 private:
  // Places that are looked at together.
  struct Block {
    uint64_t first;
    uint64_t size;
  };
  bool HasAll(const std::vector<KeyTerm>& terms, size_t at) const;
  void FindIn(const std::vector<KeyTerm>& terms, const Block& block, const Walk& walk,
              std::vector<Seq>& found) const;

  const Seq first_;
  uint64_t size_ = 0;
  std::array<std::vector<KeyDigest>, kLookupKeys> columns_;
  EventTimes event_times_;
  Zone zone_;
};

}  // namespace daybook::storage::sqlite
