#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::cli {

// Counts as a line of bars, the greatest of them as high as a line is; 0 is a dot.
std::string Sparkline(const std::vector<uint64_t>& counts);

// The counts of a group's buckets from `begin` on, `width` each, also of those that are
// left out because they are empty. At most `most` of them: where there are more,
// neighbours are added up.
std::vector<uint64_t> CountsOf(const audit::v1::EventGroup& group, absl::Time begin, absl::Time end,
                               absl::Duration width, size_t most);

}  // namespace daybook::cli
