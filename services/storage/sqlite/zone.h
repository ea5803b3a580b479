#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "core/ids.h"
#include "core/timestamp.h"
#include "query/filter.h"
#include "storage/scan_plan.h"

namespace daybook::storage::sqlite {

// How many events there are of each action and outcome. No list where there are
// more kinds than are worth listing.
class ActionCounts {
 public:
  using Kind = std::pair<std::string, int>;  // action, outcome

  void Add(const std::string& action, int outcome, uint64_t events = 1);

  // Nothing where there are too many kinds.
  const std::map<Kind, uint64_t>* kinds() const { return overflown_ ? nullptr : &kinds_; }

 private:
  std::map<Kind, uint64_t> kinds_;
  bool overflown_ = false;
};

// What is known of a sealed segment without opening it.
struct Zone {
  uint64_t number = 0;
  Seq first_seq{0};
  Seq last_seq{0};
  Micros first_time = 0;
  Micros last_time = 0;
  Micros first_event_time = 0;
  Micros last_event_time = 0;
  uint64_t generation = 1;  // counts how often the file was written anew
  uint64_t bytes = 0;
  std::optional<ActionCounts> counts;  // nothing where they are not known

  // False where no event of the segment passes the filter.
  bool MayMatch(const query::Filter& filter) const;

  // What says so, or else that it is not known here.
  SegmentAccess WhyNot(const query::Filter& filter) const;

  // Tells this content of the segment from any other that a copied or restored
  // file may have; never 0.
  uint64_t Tag() const;
};

}  // namespace daybook::storage::sqlite
