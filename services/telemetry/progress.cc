#include "telemetry/progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "telemetry/log.h"

namespace daybook::telemetry {
namespace {

constexpr absl::Duration kBarPause = absl::Milliseconds(100);
constexpr absl::Duration kJsonPause = absl::Seconds(1);
constexpr size_t kBarColumns = 30;
constexpr char kClearLine[] = "\r\x1b[K";

std::string TimeForPeople(absl::Duration left) {
  const int64_t seconds = absl::ToInt64Seconds(absl::Ceil(left, absl::Seconds(1)));
  if (seconds < 60) return absl::StrCat(seconds, " s");
  if (seconds < 3600) return absl::StrFormat("%d min %02d s", seconds / 60, seconds % 60);
  return absl::StrFormat("%d h %02d min", seconds / 3600, seconds % 3600 / 60);
}

}  // namespace

void Progress::Begin(const std::string& phase, uint64_t total) {
  End();
  phase_ = phase;
  total_ = std::max<uint64_t>(total, 1);
  begin_ = clock_.Now();
  shown_ = begin_;
  Reach(0);
}

void Progress::Reach(uint64_t done) {
  done_ = std::min(done, total_);
  if (style_ == Style::kSilent) return;
  const absl::Time now = clock_.Now();
  if (now - shown_ < (style_ == Style::kBar ? kBarPause : kJsonPause)) return;
  shown_ = now;
  if (style_ == Style::kBar) {
    ShowBar(now);
  } else {
    ShowJson(now);
  }
}

void Progress::End() {
  if (has_bar_) out_ << kClearLine << std::flush;
  has_bar_ = false;
}

std::optional<absl::Duration> Progress::Left(absl::Time now) const {
  constexpr double kOnePercent = 0.01;
  if (done_ == 0 || Part() < kOnePercent) return std::nullopt;
  return (now - begin_) * (static_cast<double>(total_ - done_) / static_cast<double>(done_));
}

void Progress::ShowBar(absl::Time now) {
  const auto filled = static_cast<size_t>(static_cast<double>(kBarColumns) * Part());
  out_ << kClearLine << phase_ << " [" << std::string(filled, '#')
       << std::string(kBarColumns - filled, '.') << "] "
       << absl::StrFormat("%3d %%", static_cast<int>(100 * Part()));
  if (const auto left = Left(now)) out_ << "  " << TimeForPeople(*left) << " left";
  out_ << std::flush;
  has_bar_ = true;
}

void Progress::ShowJson(absl::Time now) {
  out_ << "{\"event\":\"progress\",\"phase\":" << JsonQuoted(phase_) << ",\"done\":" << done_
       << ",\"total\":" << total_;
  if (const auto left = Left(now)) {
    out_ << absl::StrFormat(",\"eta_seconds\":%.1f", absl::ToDoubleSeconds(*left));
  }
  out_ << "}\n" << std::flush;
}

}  // namespace daybook::telemetry
