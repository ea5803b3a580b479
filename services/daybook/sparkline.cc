#include "daybook/sparkline.h"

#include <algorithm>
#include <array>

#include "core/timestamp.h"

namespace daybook::cli {
namespace {

constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

}  // namespace

std::string Sparkline(const std::vector<uint64_t>& counts) {
  uint64_t greatest = 1;
  for (const uint64_t count : counts) greatest = std::max(greatest, count);
  std::string line;
  for (const uint64_t count : counts) {
    const double part = static_cast<double>(count) / static_cast<double>(greatest);
    const auto height = static_cast<size_t>(part * (kBars.size() - 1));
    line += count == 0 ? "·" : kBars[std::min(height, kBars.size() - 1)];
  }
  return line;
}

std::vector<uint64_t> CountsOf(const audit::v1::EventGroup& group, absl::Time begin, absl::Time end,
                               absl::Duration width, size_t most) {
  const auto bars = static_cast<size_t>(std::max<int64_t>(1, (end - begin) / width + 1));
  const size_t each = (bars + most - 1) / most;
  std::vector<uint64_t> counts((bars + each - 1) / each);
  for (const auto& bucket : group.buckets()) {
    const absl::Time start = absl::FromUnixMicros(MicrosOf(bucket.start_time()));
    const auto at = static_cast<size_t>(std::max<int64_t>(0, (start - begin) / width)) / each;
    if (at < counts.size()) counts[at] += bucket.count();
  }
  return counts;
}

}  // namespace daybook::cli
