#include "storage/tally.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <tuple>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"

#include "daybook/audit/v1/event.pb.h"
#include "query/json_value.h"

namespace daybook::storage {
namespace {

using ::daybook::query::DecimalSum;
using ::daybook::query::Field;
using ::daybook::query::FieldKind;

// What a group, a bar or a value takes beside its text.
constexpr size_t kGroupBytes = 200;
constexpr size_t kPartsBytes = 200;
constexpr size_t kBarBytes = 100;
constexpr size_t kValueBytes = 48;

// Room for so many groups costs less than to grow to it in a dozen steps.
constexpr size_t kFirstGroups = 800;
constexpr size_t kFirstBytes = size_t{64} << 10;

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

// Takes the first value off such a list, as a text.
std::string TakeText(const Field& field, absl::string_view& key) {
  const char kind = key.front();
  key.remove_prefix(1);
  if (kind == '0') return "";
  if (kind == 'i') {
    int64_t number = 0;
    std::memcpy(&number, key.data(), sizeof(number));
    key.remove_prefix(sizeof(number));
    return query::TextOfNumber(field, number);
  }
  uint32_t size = 0;
  std::memcpy(&size, key.data(), sizeof(size));
  std::string text(key.substr(sizeof(size), size));
  key.remove_prefix(sizeof(size) + size);
  return text;
}

Micros FloorTo(Micros width, Micros time) {
  const Micros rest = time % width;
  return time - (rest < 0 ? rest + width : rest);
}

}  // namespace

bool IsOfKinds(const Grouping& grouping) {
  const auto is_summed = [](const Member& member) {
    return member.field->number == audit::v1::Event::kDetailsFieldNumber &&
           member.path == std::vector<std::string>{kSummedMember};
  };
  return grouping.distinct.empty() &&
         std::all_of(grouping.keys.begin(), grouping.keys.end(),
                     [](const Field* key) { return IsOfKind(*key); }) &&
         std::all_of(grouping.sums.begin(), grouping.sums.end(), is_summed);
}

Tally::Tally(const Grouping& grouping)
    : grouping_(grouping), fields_(grouping.keys), memory_(kFirstBytes) {
  if (!grouping.keys.empty()) by_key_.reserve(kFirstGroups);
  distinct_at_ = PlacesOf(grouping_.distinct);
  sums_at_ = PlacesOf(grouping_.sums);
}

std::vector<size_t> Tally::PlacesOf(const std::vector<Member>& members) {
  std::vector<size_t> places;
  places.reserve(members.size());
  for (const Member& member : members) {
    const auto found = std::find(fields_.begin(), fields_.end(), member.field);
    places.push_back(static_cast<size_t>(found - fields_.begin()));
    if (found == fields_.end()) fields_.push_back(member.field);
  }
  return places;
}

Tally::Open& Tally::GroupOf(std::span<const Value> values) {
  key_.clear();
  for (const Value& value : values.first(grouping_.keys.size())) AppendTo(key_, value);
  const auto found = by_key_.lazy_emplace(absl::string_view(key_), [this](const auto& insert) {
    Open& group = Begin();
    insert(group.key, &group);
  });
  return *found->second;
}

bool Tally::HasParts() const {
  return grouping_.bar != 0 || !grouping_.sums.empty() || !grouping_.distinct.empty();
}

// A group of the event at hand.
Tally::Open& Tally::Begin() {
  char* const key = static_cast<char*>(memory_.allocate(key_.size(), 1));
  Open& group = groups_.emplace_back();
  group.key = absl::string_view(key, key_.copy(key, key_.size()));
  size_in_bytes_ += kGroupBytes + key_.size();
  if (!HasParts()) return group;
  group.parts = std::make_unique<Parts>();
  group.parts->sums.resize(grouping_.sums.size());
  group.parts->distinct.resize(grouping_.distinct.size());
  size_in_bytes_ += kPartsBytes + grouping_.sums.size() * sizeof(DecimalSum);
  return group;
}

void Tally::Add(Seq seq, Micros created_at, std::span<const Value> values) {
  Open& group = GroupOf(values);
  Count(1, created_at, created_at, group);
  AddSample(seq, group);
  for (size_t i = 0; i < grouping_.distinct.size(); ++i) {
    AddDistinct(grouping_.distinct[i], values[distinct_at_[i]], group.parts->distinct[i]);
  }
  Tallied* const bar = BarOf(created_at, group);
  if (bar != nullptr) ++bar->count;
  AddSums(values, group, bar);
}

// Keeps the newest ones, the newest first.
void Tally::AddSample(Seq seq, Open& group) {
  size_t at = group.named;
  while (at > 0 && group.samples[at - 1] < seq.value()) --at;
  if (at == kSamples) return;
  group.named = std::min(group.named + 1, kSamples);
  auto* const place = group.samples.begin() + static_cast<std::ptrdiff_t>(at);
  auto* const end = group.samples.begin() + static_cast<std::ptrdiff_t>(group.named);
  std::copy_backward(place, end - 1, end);
  *place = seq.value();
}

void Tally::Count(uint64_t events, Micros first_time, Micros last_time, Open& group) {
  if (group.count == 0) {
    group.first_time = first_time;
    group.last_time = last_time;
  }
  group.count += events;
  group.first_time = std::min(group.first_time, first_time);
  group.last_time = std::max(group.last_time, last_time);
}

void Tally::Add(const EventKind& kind, const EventTotals& totals) {
  values_.clear();
  for (const Field* const key : grouping_.keys) values_.push_back(ValueOf(kind, *key));
  Open& group = GroupOf(values_);
  Count(totals.events, totals.first_time, totals.last_time, group);
  for (const Seq seq : totals.newest) AddSample(seq, group);
  Tallied* const bar = BarOf(totals.first_time, group);
  if (bar != nullptr) bar->count += totals.events;
  for (size_t i = 0; i < grouping_.sums.size(); ++i) {
    group.parts->sums[i].Add(totals.amount);
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

void Tally::AddSums(std::span<const Value> values, Open& group, Tallied* bar) {
  for (size_t i = 0; i < grouping_.sums.size(); ++i) {
    const auto* const object = std::get_if<absl::string_view>(&values[sums_at_[i]]);
    if (object == nullptr) continue;
    const auto number = query::NumberAt(*object, grouping_.sums[i].path);
    if (!number) continue;
    group.parts->sums[i].Add(*number);
    if (bar != nullptr) bar->sums[i].Add(*number);
  }
}

Micros Tally::BarBegin(Micros created_at) const {
  return grouping_.first_bar + FloorTo(grouping_.bar, created_at - grouping_.first_bar);
}

Tallied* Tally::BarOf(Micros created_at, Open& group) {
  if (grouping_.bar == 0) return nullptr;
  const auto [bar, is_new] = group.parts->bars.try_emplace(BarBegin(created_at));
  if (is_new) {
    bar->second.sums.resize(grouping_.sums.size());
    size_in_bytes_ += kBarBytes + grouping_.sums.size() * sizeof(DecimalSum);
  }
  return &bar->second;
}

TallyGroup Tally::Close(Open& group) const {
  TallyGroup closed{
      .all = {.count = group.count}, .first_time = group.first_time, .last_time = group.last_time};
  for (const uint64_t seq : std::span(group.samples).first(group.named)) {
    closed.samples.emplace_back(seq);
  }
  closed.keys.reserve(grouping_.keys.size());
  absl::string_view key = group.key;
  for (const Field* const field : grouping_.keys) closed.keys.push_back(TakeText(*field, key));
  if (group.parts == nullptr) return closed;
  closed.all.sums = std::move(group.parts->sums);
  closed.bars = std::move(group.parts->bars);
  closed.distinct.reserve(group.parts->distinct.size());
  for (const auto& seen : group.parts->distinct) closed.distinct.push_back(seen.size());
  return closed;
}

std::vector<TallyGroup> Tally::Take(uint64_t min_count) {
  std::vector<TallyGroup> groups;
  for (Open& group : groups_) {
    if (group.count >= min_count) groups.push_back(Close(group));
  }
  by_key_.clear();
  groups_.clear();
  std::sort(groups.begin(), groups.end(), [](const TallyGroup& a, const TallyGroup& b) {
    return std::tie(b.all.count, a.keys) < std::tie(a.all.count, b.keys);
  });
  return groups;
}

}  // namespace daybook::storage
