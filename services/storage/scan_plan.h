#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"

namespace daybook::storage {

// How a scan came to what it says of a part of the log.
enum class SegmentAccess {
  kIndex,            // an index led to the events
  kMemory,           // memory did
  kRows,             // rows were read one after another
  kSkippedByTime,    // nothing was read: its times and seqs deny it
  kSkippedByKind,    // its actions and outcomes do
  kSkippedBySubject  // its filter of persons and resources does
};

// How a scan was answered, as it ran.
//
// Thread-compatible.
class ScanPlan {
 public:
  struct Segment {
    uint64_t number = 0;
    SegmentAccess access = SegmentAccess::kRows;
    std::string index = {};  // the name of one that was used
    uint64_t rows_examined = 0;
    uint64_t events_found = 0;
  };

  // One step of the scan. Of the steps of one segment, those that read rows one after another
  // say how it was answered.
  void Add(const Segment& step) {
    const auto [place, is_first] = places_.try_emplace(step.number, segments_.size());
    if (is_first) {
      segments_.push_back(step);
      return;
    }
    Segment& segment = segments_[place->second];
    if (step.access == SegmentAccess::kRows) segment.access = step.access;
    if (segment.index.empty()) segment.index = step.index;
    segment.rows_examined += step.rows_examined;
    segment.events_found += step.events_found;
  }

  // In the order in which they were first looked at.
  const std::vector<Segment>& segments() const { return segments_; }

 private:
  std::vector<Segment> segments_;
  absl::flat_hash_map<uint64_t, size_t> places_;
};

}  // namespace daybook::storage
