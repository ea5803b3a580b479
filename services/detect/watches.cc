#include "detect/watches.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"

#include "detect/rule_watch.h"
#include "detect/silence_watch.h"

namespace daybook::detect {
namespace {

using ::daybook::audit::v1::Event;

constexpr absl::string_view kOwnActions = "detection.";

std::unique_ptr<Watch> WatchFor(std::shared_ptr<const Rule> rule, Watch::Limits limits) {
  if (rule->kind == Rule::Kind::kAbsence) {
    return std::make_unique<SilenceWatch>(std::move(rule), limits);
  }
  return std::make_unique<RuleWatch>(std::move(rule), limits);
}

}  // namespace

Watch::Limits Watches::Share(size_t rules) const {
  return {.max_keys = limits_.max_keys,
          .max_bytes = limits_.max_bytes / std::max<size_t>(rules, 1)};
}

void Watches::Replace(const Rules& rules) {
  const Watch::Limits share = Share(rules.size());
  std::vector<Watched> before = std::exchange(watched_, {});
  watched_.reserve(rules.size());
  for (const auto& rule : rules) {
    const auto same = std::find_if(before.begin(), before.end(), [&rule](const Watched& one) {
      return one.watch != nullptr && one.watch->rule().identity == rule->identity;
    });
    if (same == before.end()) {
      watched_.push_back({.watch = WatchFor(rule, share), .is_new = true});
    } else {
      same->watch->Continue(rule, share);
      watched_.push_back(std::move(*same));
    }
  }
}

// What is judged anew, the last window, is counted from a window before it. A firing
// keeps quiet what comes up to a cooldown after it.
std::optional<Watches::Past> Watches::WantedPast() const {
  std::optional<Past> past;
  for (const Watched& one : watched_) {
    if (!one.is_new) continue;
    if (!past) past = Past();
    const Rule& rule = one.watch->rule();
    past->events = std::max(past->events, 2 * rule.window);
    past->firings = std::max(past->firings, 2 * rule.window + rule.cooldown);
  }
  return past;
}

void Watches::BeginReplay() {
  for (Watched& one : watched_) {
    if (one.is_new) one.watch = WatchFor(one.watch->shared_rule(), Share(watched_.size()));
  }
}

void Watches::Recall(const Fired& fired) {
  for (Watched& one : watched_) {
    const Rule& rule = one.watch->rule();
    if (!one.is_new || rule.name != fired.rule || rule.group_by != fired.group_by) continue;
    one.watch->Recall(fired.keys, fired.fired_at);
  }
}

std::vector<Firing> Watches::Replay(const Event& event, Micros head) {
  std::vector<Firing> firings;
  if (absl::StartsWith(event.action(), kOwnActions)) return firings;
  const Micros before = head - MicrosOf(event.created_at());
  for (Watched& one : watched_) {
    const Micros window = one.watch->rule().window;
    if (!one.is_new || before >= 2 * window) continue;
    if (auto firing = one.watch->Replay(event, head - window)) {
      firings.push_back(*std::move(firing));
    }
  }
  return firings;
}

void Watches::EndReplay(Micros now) {
  for (Watched& one : watched_) {
    if (one.is_new) one.watch->EndReplay(now);
    one.is_new = false;
  }
}

std::vector<Firing> Watches::Observe(const Event& event) {
  std::vector<Firing> firings;
  if (absl::StartsWith(event.action(), kOwnActions)) return firings;
  for (Watched& one : watched_) {
    if (auto firing = one.watch->Observe(event)) firings.push_back(*std::move(firing));
  }
  return firings;
}

std::vector<Firing> Watches::Tick(Micros now) {
  std::vector<Firing> firings;
  for (Watched& one : watched_) {
    for (Firing& firing : one.watch->Tick(now)) firings.push_back(std::move(firing));
  }
  return firings;
}

std::vector<Watches::Usage> Watches::Usages() const {
  std::vector<Usage> usages;
  usages.reserve(watched_.size());
  for (const Watched& one : watched_) {
    usages.push_back({.rule = one.watch->rule().name,
                      .keys = one.watch->keys(),
                      .evicted = one.watch->evicted()});
  }
  return usages;
}

}  // namespace daybook::detect
