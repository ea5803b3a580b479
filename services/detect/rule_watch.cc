#include "detect/rule_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"

#include "detect/group_key.h"
#include "query/match.h"

namespace daybook::detect {
namespace {

using ::daybook::audit::v1::Event;

// What is counted exactly where a threshold is lower.
constexpr size_t kLeastKept = 1'024;

size_t CountOf(const std::variant<EventWindow, ValueWindow>& window) {
  return std::visit([](const auto& one) { return one.count(); }, window);
}

std::vector<uint64_t> SamplesOf(const std::variant<EventWindow, ValueWindow>& window,
                                uint64_t last) {
  std::vector<uint64_t> seqs =
      std::visit([](const auto& one) { return one.Newest(kMaxSamples); }, window);
  if (!seqs.empty() && seqs.back() == last) return seqs;
  if (seqs.size() == kMaxSamples) seqs.erase(seqs.begin());
  seqs.push_back(last);
  return seqs;
}

// Text of events has no U+0000.
std::string Joined(const std::vector<std::string>& keys) {
  return absl::StrJoin(keys, absl::string_view("\0", 1));
}

}  // namespace

void RuleWatch::Recall(const std::vector<std::string>& keys, Micros fired_at) {
  recalled_[Joined(keys)].push_back(fired_at);
  recalled_until_ = std::max(recalled_until_, fired_at + rule_->cooldown);
}

std::optional<Firing> RuleWatch::Replay(const Event& event, Micros judged_from) {
  return Take(event, MicrosOf(event.created_at()) > judged_from);
}

std::optional<Firing> RuleWatch::Observe(const Event& event) {
  return Take(event, /*may_fire=*/true);
}

RuleWatch::Role RuleWatch::RoleOf(const Event& event) const {
  Role role;
  role.is_then = rule_->kind == Rule::Kind::kSequence && query::Matches(rule_->then, event);
  role.is_counted = query::Matches(rule_->filter, event);
  if (!role.is_counted || !rule_->distinct) return role;
  std::optional<std::string> value = ValueOf(event, *rule_->distinct);
  role.is_counted = value.has_value();
  if (value) role.value = *std::move(value);
  return role;
}

std::optional<Firing> RuleWatch::Take(const Event& event, bool may_fire) {
  const Role role = RoleOf(event);
  if (!role.is_counted && !role.is_then) return std::nullopt;
  std::optional<std::vector<std::string>> keys = KeyOf(event, rule_->group_by);
  if (!keys) return std::nullopt;
  const Micros time = MicrosOf(event.created_at());
  Forget(time);
  const std::string key = Joined(*keys);
  const Table::Entry* const known = table_.Find(key);
  if (known == nullptr && !role.is_counted) return std::nullopt;

  if (known != nullptr) bytes_ -= BytesOf(*known);
  Table::Entry& entry = table_.Touch(key, time, NewState());
  State& state = entry.state;
  std::visit([&](auto& window) { window.DropUntil(time - rule_->window); }, state.window);
  const size_t before = CountOf(state.window);
  if (role.is_counted) Add(event, role, state);
  const size_t now = CountOf(state.window);
  std::optional<Firing> firing;
  if (may_fire && Fires(role, before, now) && !IsQuiet(key, state, time)) {
    state.fired_at = time;
    firing = Firing{.rule = rule_,
                    .keys = *std::move(keys),
                    .fired_at = time,
                    .count = rule_->kind == Rule::Kind::kSequence ? before : now,
                    .seqs = SamplesOf(state.window, event.seq())};
  }
  bytes_ += BytesOf(entry);
  MakeRoom();
  return firing;
}

RuleWatch::State RuleWatch::NewState() const {
  const size_t kept = std::max<size_t>(rule_->threshold, kLeastKept);
  if (rule_->distinct) return {.window = ValueWindow(kept), .fired_at = std::nullopt};
  return {.window = EventWindow(kept), .fired_at = std::nullopt};
}

void RuleWatch::Add(const Event& event, const Role& role, State& state) {
  const Occurrence occurrence{.time = MicrosOf(event.created_at()), .seq = event.seq()};
  if (auto* const values = std::get_if<ValueWindow>(&state.window)) {
    values->Add(occurrence, role.value);
  } else {
    std::get<EventWindow>(state.window).Add(occurrence);
  }
}

bool RuleWatch::Fires(const Role& role, size_t count_before, size_t count_now) const {
  if (rule_->kind == Rule::Kind::kSequence) {
    return role.is_then && count_before >= rule_->threshold;
  }
  return count_now >= rule_->threshold;
}

// Whether the cooldown of a firing holds at `time`. Of those that are recalled also a
// later one counts: what leads to it is told already.
bool RuleWatch::IsQuiet(const std::string& key, const State& state, Micros time) const {
  if (state.fired_at && time - *state.fired_at < rule_->cooldown) return true;
  const auto recalled = recalled_.find(key);
  return recalled != recalled_.end() &&
         std::any_of(recalled->second.begin(), recalled->second.end(), [&](Micros fired_at) {
           return time - fired_at < rule_->cooldown && fired_at - time < rule_->cooldown;
         });
}

// What says nothing any more.
void RuleWatch::Forget(Micros time) {
  if (time >= recalled_until_) recalled_.clear();
  const Micros horizon = std::max(rule_->window, rule_->cooldown);
  for (auto* oldest = table_.oldest(); oldest != nullptr && oldest->touched <= time - horizon;
       oldest = table_.oldest()) {
    bytes_ -= BytesOf(*oldest);
    table_.Erase(*oldest);
  }
}

// The newest key always fits.
void RuleWatch::MakeRoom() {
  while (table_.size() > 1 && (table_.size() > limits_.max_keys || bytes_ > limits_.max_bytes)) {
    bytes_ -= BytesOf(*table_.oldest());
    table_.Erase(*table_.oldest());
    ++evicted_;
  }
}

size_t RuleWatch::BytesOf(const Table::Entry& entry) {
  constexpr size_t kAround = 96;  // the node of the list, and the place in the map
  const size_t window = std::visit([](const auto& one) { return one.bytes(); }, entry.state.window);
  return sizeof(Table::Entry) + kAround + entry.key.capacity() + window;
}

}  // namespace daybook::detect
