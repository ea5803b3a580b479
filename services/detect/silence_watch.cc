#include "detect/silence_watch.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "detect/group_key.h"
#include "query/match.h"

namespace daybook::detect {
namespace {

using ::daybook::audit::v1::Event;

constexpr absl::string_view kBetweenKeys("\0", 1);

// Of a key beside its text.
constexpr size_t kBytesAround = 160;

}  // namespace

void SilenceWatch::Recall(const std::vector<std::string>& keys, Micros fired_at) {
  Micros& last = recalled_.try_emplace(absl::StrJoin(keys, kBetweenKeys), fired_at).first->second;
  last = std::max(last, fired_at);
}

std::optional<Firing> SilenceWatch::Replay(const Event& event, Micros /*judged_from*/) {
  if (const std::optional<std::string> key = KeyIn(event)) Note(*key, event);
  return std::nullopt;
}

void SilenceWatch::EndReplay(Micros now) {
  since_ = now;
  const bool told_of_all = recalled_.contains("");
  for (const auto& [key, fired_at] : recalled_) {
    const Table::Entry* const entry = table_.Find(key);
    if (entry != nullptr && entry->touched < fired_at) table_.Erase(*entry);
  }
  recalled_.clear();
  // What is not grouped is known before its first event.
  if (rule_->group_by.empty() && !told_of_all && table_.size() == 0) {
    table_.Touch("", now, State());
  }
}

std::optional<Firing> SilenceWatch::Observe(const Event& event) {
  const std::optional<std::string> key = KeyIn(event);
  if (!key) return std::nullopt;
  std::optional<Firing> firing;
  const Table::Entry* const entry = table_.Find(*key);
  if (entry != nullptr && FiresAt(*entry) <= MicrosOf(event.created_at())) {
    firing = FiringOf(*entry);
  }
  Note(*key, event);
  return firing;
}

std::vector<Firing> SilenceWatch::Tick(Micros now) {
  std::vector<Firing> firings;
  for (auto* oldest = table_.oldest(); oldest != nullptr && FiresAt(*oldest) <= now;
       oldest = table_.oldest()) {
    firings.push_back(FiringOf(*oldest));
    table_.Erase(*oldest);
  }
  return firings;
}

std::optional<std::string> SilenceWatch::KeyIn(const Event& event) const {
  if (!query::Matches(rule_->filter, event)) return std::nullopt;
  const auto keys = KeyOf(event, rule_->group_by);
  if (!keys) return std::nullopt;
  return absl::StrJoin(*keys, kBetweenKeys);
}

Micros SilenceWatch::FiresAt(const Table::Entry& entry) const {
  return std::max(entry.touched, since_) + rule_->window;
}

Firing SilenceWatch::FiringOf(const Table::Entry& entry) const {
  Firing firing{.rule = rule_, .keys = {}, .fired_at = FiresAt(entry), .count = 0, .seqs = {}};
  if (!rule_->group_by.empty()) firing.keys = absl::StrSplit(entry.key, kBetweenKeys);
  if (entry.state.seq) firing.seqs.push_back(*entry.state.seq);
  return firing;
}

void SilenceWatch::Note(const std::string& key, const Event& event) {
  table_.Touch(key, MicrosOf(event.created_at()), State()).state.seq = event.seq();
  const size_t most = std::min(limits_.max_keys, limits_.max_bytes / (kBytesAround + key.size()));
  while (table_.size() > std::max<size_t>(most, 1)) {
    table_.Erase(*table_.oldest());
    ++evicted_;
  }
}

}  // namespace daybook::detect
