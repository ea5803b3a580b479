#include "migrator/sqlite/stopwatch.h"

#include <algorithm>
#include <string>
#include <utility>

namespace daybook::migrator::sqlite {
namespace {

absl::Duration TimeAllowedBy(uint32_t seconds) {
  return seconds == 0 ? absl::InfiniteDuration() : absl::Seconds(seconds);
}

}  // namespace

Stopwatch::Stopwatch(migration::v1::Budget allowed, const Clock& clock)
    : allowed_(std::move(allowed)), clock_(clock), begun_(clock.Now()), phase_begun_(begun_) {}

void Stopwatch::Begin(absl::string_view phase, uint32_t allowed_seconds) {
  EndPhase(clock_.Now());
  phases_.push_back({.name = std::string(phase), .allowed = TimeAllowedBy(allowed_seconds)});
}

void Stopwatch::BeginLock() { lock_begun_ = clock_.Now(); }

void Stopwatch::EndPhase(absl::Time now) {
  if (!phases_.empty()) phases_.back().took = now - phase_begun_;
  phase_begun_ = now;
}

void Stopwatch::Stop(RunAccount& account) {
  const absl::Time now = clock_.Now();
  EndPhase(now);
  account.phases = std::move(phases_);
  account.lock.took = std::max(now - lock_begun_, absl::ZeroDuration());
  account.lock.allowed = TimeAllowedBy(allowed_.lock_hold_seconds());
  account.whole.took = now - begun_;
  account.whole.allowed = TimeAllowedBy(allowed_.total_seconds());
}

}  // namespace daybook::migrator::sqlite
