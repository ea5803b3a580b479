#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::cli {

// Groups of events, added up from the pages of an answer. Where a call may not examine
// the whole log, pages have the groups of parts of it: the same keys come again.
//
// Thread-compatible.
class GroupSum {
 public:
  void Add(const audit::v1::AggregateEventsResponse& page);

  // The sums, the largest first, without those of fewer than `min_count` events.
  std::vector<audit::v1::EventGroup> Largest(uint64_t min_count) const;

  // Whether different values were counted in parts: then there are at least so many.
  bool is_of_parts() const { return is_of_parts_; }

  uint64_t as_of_size() const { return as_of_size_; }

 private:
  std::map<std::vector<std::string>, audit::v1::EventGroup> groups_;
  bool is_of_parts_ = false;
  uint64_t as_of_size_ = 0;
};

}  // namespace daybook::cli
