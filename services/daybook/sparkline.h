#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::cli {

// Counts as a line of bars, the greatest of them as high as a line is; 0 is a dot.
std::string Sparkline(const std::vector<uint64_t>& counts);

// The bars of a window of time, from where it begins; the last one may end behind it.
struct Bars {
  absl::Time begin;
  absl::Duration width;
  size_t count = 0;
};

// The bars of `width` of the `length` of time that ends at `end`. Where the service took
// its own time for the end, `end` is about that: then the buckets of `groups` say where
// bars begin, and all of them are within.
struct BarWindow {
  absl::Time end;
  absl::Duration length;
  absl::Duration width;
};
Bars BarsOf(const BarWindow& window, const std::vector<audit::v1::EventGroup>& groups);

// How many events of a group are in each of them, also where there are none. At most
// `most` counts: where there are more bars, neighbours are added up.
std::vector<uint64_t> CountsOf(const audit::v1::EventGroup& group, const Bars& bars, size_t most);

}  // namespace daybook::cli
