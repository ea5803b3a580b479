#include "storage/tally.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "query/json_value.h"

namespace daybook::storage {
namespace {

using ::daybook::query::DecimalSum;
using ::daybook::query::Field;
using ::daybook::query::FieldKind;

// What a group, a bar or a value takes beside its text.
constexpr size_t kGroupBytes = 400;
constexpr size_t kBarBytes = 100;
constexpr size_t kValueBytes = 48;

// One text for all spellings of a JSON value.
std::string TextOfJson(absl::string_view json) {
  if (!json.empty() && json.front() == '"') return absl::StrCat("\"", query::Unescaped(json));
  if (!query::IsNumber(json)) return std::string(json);
  DecimalSum number;
  number.Add(json);
  return number.text();
}

// Tells any two lists of values apart.
void AppendTo(std::string& key, const Tally::Value& value) {
  if (const auto* const number = std::get_if<int64_t>(&value)) {
    key.push_back('i');
    key.append(reinterpret_cast<const char*>(number), sizeof(*number));
  } else if (const auto* const text = std::get_if<absl::string_view>(&value)) {
    const auto size = static_cast<uint32_t>(text->size());
    key.push_back('t');
    key.append(reinterpret_cast<const char*>(&size), sizeof(size));
    key.append(text->data(), text->size());
  } else {
    key.push_back('0');
  }
}

std::string TextOf(const Field& field, const Tally::Value& value) {
  if (const auto* const number = std::get_if<int64_t>(&value)) {
    return query::TextOfNumber(field, *number);
  }
  const auto* const text = std::get_if<absl::string_view>(&value);
  return text != nullptr ? std::string(*text) : "";
}

Micros FloorTo(Micros width, Micros time) {
  const Micros rest = time % width;
  return time - (rest < 0 ? rest + width : rest);
}

}  // namespace

bool IsOfKinds(const Grouping& grouping) {
  static const std::vector<std::string> summed = {kSummedMember};
  return grouping.distinct.empty() &&
         std::all_of(grouping.keys.begin(), grouping.keys.end(),
                     [](const Field* key) { return IsOfKind(*key); }) &&
         std::all_of(grouping.sums.begin(), grouping.sums.end(),
                     [](const Member& member) { return member.path == summed; });
}

Tally::Tally(const Grouping& grouping) : grouping_(grouping), fields_(grouping.keys) {
  for (const Member& member : grouping_.distinct) {
    if (member.field->kind == FieldKind::kJson) continue;
    fields_.push_back(member.field);
  }
  const auto json = [](const std::vector<Member>& members) {
    return std::find_if(members.begin(), members.end(), [](const Member& member) {
      return member.field->kind == FieldKind::kJson;
    });
  };
  for (const std::vector<Member>* const members : {&grouping_.distinct, &grouping_.sums}) {
    const auto found = json(*members);
    if (details_at_ || found == members->end()) continue;
    details_at_ = fields_.size();
    fields_.push_back(found->field);
  }
  size_t plain = grouping_.keys.size();
  for (const Member& member : grouping_.distinct) {
    distinct_at_.push_back(member.field->kind == FieldKind::kJson ? *details_at_ : plain++);
  }
}

Tally::Open& Tally::GroupOf(std::span<const Value> values) {
  key_.clear();
  const auto keys = values.first(grouping_.keys.size());
  for (const Value& value : keys) AppendTo(key_, value);
  const auto found = groups_.find(absl::string_view(key_));
  if (found != groups_.end()) return found->second;
  Open& open = groups_[key_];
  for (size_t i = 0; i < keys.size(); ++i) {
    open.group.keys.push_back(TextOf(*grouping_.keys[i], keys[i]));
  }
  open.group.all.sums.resize(grouping_.sums.size());
  open.distinct.resize(grouping_.distinct.size());
  size_in_bytes_ += kGroupBytes + 2 * key_.size() + grouping_.sums.size() * sizeof(DecimalSum);
  return open;
}

void Tally::Add(Seq seq, Micros created_at, std::span<const Value> values) {
  Open& open = GroupOf(values);
  TallyGroup& group = open.group;
  Count(1, created_at, created_at, group);
  if (group.samples.size() < kSamples) group.samples.push_back(seq);
  for (size_t i = 0; i < grouping_.distinct.size(); ++i) {
    AddDistinct(grouping_.distinct[i], values[distinct_at_[i]], open.distinct[i]);
  }
  Tallied* const bar = BarOf(created_at, group);
  if (bar != nullptr) ++bar->count;
  if (grouping_.sums.empty()) return;
  const auto* const details = std::get_if<absl::string_view>(&values[*details_at_]);
  if (details != nullptr) AddSums(*details, group.all, bar);
}

void Tally::Count(uint64_t events, Micros first_time, Micros last_time, TallyGroup& group) {
  if (group.all.count == 0) {
    group.first_time = first_time;
    group.last_time = last_time;
  }
  group.all.count += events;
  group.first_time = std::min(group.first_time, first_time);
  group.last_time = std::max(group.last_time, last_time);
}

void Tally::Add(const EventKind& kind, const EventTotals& totals) {
  values_.clear();
  for (const Field* const key : grouping_.keys) values_.push_back(ValueOf(kind, *key));
  TallyGroup& group = GroupOf(values_).group;
  Count(totals.events, totals.first_time, totals.last_time, group);
  for (const Seq seq : totals.newest) {
    if (group.samples.size() < kSamples) group.samples.push_back(seq);
  }
  Tallied* const bar = BarOf(totals.first_time, group);
  if (bar != nullptr) bar->count += totals.events;
  for (size_t i = 0; i < grouping_.sums.size(); ++i) {
    group.all.sums[i].Add(totals.amount);
    if (bar != nullptr) bar->sums[i].Add(totals.amount);
  }
}

bool Tally::HaveOneBar(const EventTotals& totals) const {
  return grouping_.bar == 0 || BarBegin(totals.first_time) == BarBegin(totals.last_time);
}

void Tally::AddDistinct(const Member& member, const Value& value,
                        absl::flat_hash_set<std::string>& seen) {
  if (std::holds_alternative<std::monostate>(value)) return;
  std::string text;
  if (member.field->kind == FieldKind::kJson) {
    const auto json = query::MemberAt(std::get<absl::string_view>(value), member.path);
    if (!json) return;
    text = TextOfJson(*json);
  } else {
    AppendTo(text, value);
  }
  const size_t size = text.size();
  if (seen.insert(std::move(text)).second) size_in_bytes_ += kValueBytes + size;
}

void Tally::AddSums(absl::string_view details, Tallied& group, Tallied* bar) {
  for (size_t i = 0; i < grouping_.sums.size(); ++i) {
    const auto number = query::NumberAt(details, grouping_.sums[i].path);
    if (!number) continue;
    group.sums[i].Add(*number);
    if (bar != nullptr) bar->sums[i].Add(*number);
  }
}

Micros Tally::BarBegin(Micros created_at) const {
  return grouping_.first_bar + FloorTo(grouping_.bar, created_at - grouping_.first_bar);
}

Tallied* Tally::BarOf(Micros created_at, TallyGroup& group) {
  if (grouping_.bar == 0) return nullptr;
  const auto [bar, is_new] = group.bars.try_emplace(BarBegin(created_at));
  if (is_new) {
    bar->second.sums.resize(grouping_.sums.size());
    size_in_bytes_ += kBarBytes + grouping_.sums.size() * sizeof(DecimalSum);
  }
  return &bar->second;
}

std::vector<TallyGroup> Tally::Take() {
  std::vector<TallyGroup> groups;
  groups.reserve(groups_.size());
  for (auto& [key, open] : groups_) {
    for (const auto& seen : open.distinct) open.group.distinct.push_back(seen.size());
    groups.push_back(std::move(open.group));
  }
  groups_.clear();
  std::sort(groups.begin(), groups.end(), [](const TallyGroup& a, const TallyGroup& b) {
    return std::tie(b.all.count, a.keys) < std::tie(a.all.count, b.keys);
  });
  return groups;
}

}  // namespace daybook::storage
