#include "daybook/sparkline.h"

#include <algorithm>
#include <array>

#include "core/timestamp.h"

namespace daybook::cli {
namespace {

constexpr std::array<const char*, 8> kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};

absl::Time StartOf(const audit::v1::EventBucket& bucket) {
  return absl::FromUnixMicros(MicrosOf(bucket.start_time()));
}

// Where the first and the last bucket begin that have events.
struct Filled {
  absl::Time first = absl::InfiniteFuture();
  absl::Time last = absl::InfinitePast();
};

Filled FilledOf(const std::vector<audit::v1::EventGroup>& groups) {
  Filled filled;
  for (const audit::v1::EventGroup& group : groups) {
    for (const audit::v1::EventBucket& bucket : group.buckets()) {
      filled.first = std::min(filled.first, StartOf(bucket));
      filled.last = std::max(filled.last, StartOf(bucket));
    }
  }
  return filled;
}

int64_t WholeBars(absl::Duration length, absl::Duration width) {
  return absl::Ceil(length, width) / width;
}

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

Bars BarsOf(const BarWindow& window, const std::vector<audit::v1::EventGroup>& groups) {
  const int64_t count = std::max<int64_t>(1, WholeBars(window.length, window.width));
  absl::Time begin = window.end - window.length;
  const Filled filled = FilledOf(groups);
  if (filled.first <= filled.last) {
    // To the nearest time at which a bar begins, and no further than all are within.
    const absl::Duration half = window.width / 2;
    begin = filled.first - absl::Floor(filled.first - begin + half, window.width);
    begin = std::max(begin, filled.last - (count - 1) * window.width);
    begin = std::min(begin, filled.first);
  }
  return {.begin = begin, .width = window.width, .count = static_cast<size_t>(count)};
}

std::vector<uint64_t> CountsOf(const audit::v1::EventGroup& group, const Bars& bars, size_t most) {
  const size_t each = (bars.count + most - 1) / most;
  std::vector<uint64_t> counts((bars.count + each - 1) / each);
  for (const audit::v1::EventBucket& bucket : group.buckets()) {
    const int64_t bar = (StartOf(bucket) - bars.begin) / bars.width;
    const size_t at = static_cast<size_t>(std::max<int64_t>(0, bar)) / each;
    counts[std::min(at, counts.size() - 1)] += bucket.count();
  }
  return counts;
}

}  // namespace daybook::cli
