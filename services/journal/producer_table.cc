#include "journal/producer_table.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::Producer;
using ::daybook::query::v1::ProducerCount;

constexpr int kListedGaps = 100;
constexpr size_t kForgottenShare = 10;

void SetDuration(absl::Duration duration, google::protobuf::Duration* out) {
  const int64_t seconds = absl::ToInt64Seconds(duration);
  out->set_seconds(seconds);
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration - absl::Seconds(seconds))));
}

}  // namespace

bool ProducerTable::Restore(const query::v1::ProducerCounts& counts) {
  for (const ProducerCount& kept : counts.producers()) {
    if (RestoreOne(kept)) continue;
    producers_.clear();
    ranges_ = 0;
    return false;
  }
  forgotten_ = counts.forgotten_producers();
  return true;
}

bool ProducerTable::RestoreOne(const ProducerCount& kept) {
  const bool has_numbers = kept.range_ends_size() > 0;
  const bool can_be =
      !kept.name().empty() && kept.events() > 0 && kept.sequenced_events() <= kept.events() &&
      has_numbers == (kept.sequenced_events() > 0) && kept.first_time() >= kMinMicros &&
      kept.first_time() <= kept.last_time() && kept.last_time() <= kMaxMicros && AreRanges(kept);
  const size_t ranges = static_cast<size_t>(kept.range_ends_size()) / 2;
  const bool fits = ranges <= limits_.max_ranges && ranges_ + ranges <= limits_.max_all_ranges &&
                    producers_.size() < limits_.max_producers;
  if (!can_be || !fits) return false;
  Counts restored{.events = kept.events(),
                  .sequenced_events = kept.sequenced_events(),
                  .first_time = kept.first_time(),
                  .last_time = kept.last_time(),
                  .forgotten_gaps = kept.forgotten_gaps()};
  restored.ranges.reserve(ranges);
  for (int i = 0; i < kept.range_ends_size(); i += 2) {
    restored.ranges.push_back({.first = kept.range_ends(i), .last = kept.range_ends(i + 1)});
  }
  ranges_ += ranges;
  return producers_.emplace(kept.name(), std::move(restored)).second;
}

// Ascending, and between two of them at least one number is missing.
bool ProducerTable::AreRanges(const ProducerCount& kept) {
  const auto& ends = kept.range_ends();
  if (ends.size() % 2 != 0) return false;
  for (int i = 0; i < ends.size(); ++i) {
    const bool begins = i % 2 == 0;
    if (i == 0) continue;
    if (ends[i] < ends[i - 1] || (begins && ends[i] - ends[i - 1] < 2)) return false;
  }
  return true;
}

query::v1::ProducerCounts ProducerTable::ToProto() const {
  query::v1::ProducerCounts proto;
  proto.set_forgotten_producers(forgotten_);
  for (const auto& [name, counts] : producers_) {
    ProducerCount& kept = *proto.add_producers();
    kept.set_name(name);
    kept.set_events(counts.events);
    kept.set_sequenced_events(counts.sequenced_events);
    kept.set_first_time(counts.first_time);
    kept.set_last_time(counts.last_time);
    kept.set_forgotten_gaps(counts.forgotten_gaps);
    kept.mutable_range_ends()->Reserve(static_cast<int>(2 * counts.ranges.size()));
    for (const Range& range : counts.ranges) {
      kept.add_range_ends(range.first);
      kept.add_range_ends(range.last);
    }
  }
  return proto;
}

void ProducerTable::Add(const Event& event, Micros created_at) {
  auto found = producers_.find(event.producer());
  if (found == producers_.end()) {
    if (producers_.size() >= limits_.max_producers) MakeRoom();
    found = producers_.emplace(event.producer(), Counts{.first_time = created_at}).first;
  }
  Counts& counts = found->second;
  ++counts.events;
  counts.last_time = created_at;
  if (!event.has_producer_sequence()) return;
  ++counts.sequenced_events;
  AddNumber(counts, event.producer_sequence());
}

void ProducerTable::AddNumber(Counts& counts, uint64_t number) {
  auto& ranges = counts.ranges;
  const auto above =
      std::upper_bound(ranges.begin(), ranges.end(), number,
                       [](uint64_t value, const Range& range) { return value < range.first; });
  const auto below = above == ranges.begin() ? ranges.end() : std::prev(above);
  if (below != ranges.end() && number <= below->last) return;  // it came before
  const bool continues = below != ranges.end() && number - below->last == 1;
  const bool precedes = above != ranges.end() && above->first - number == 1;
  if (continues && precedes) {
    below->last = above->last;
    ranges.erase(above);
    --ranges_;
  } else if (continues) {
    below->last = number;
  } else if (precedes) {
    above->first = number;
  } else {
    ranges.insert(above, {.first = number, .last = number});
    ++ranges_;
    GiveUpGapsOf(counts, limits_.max_ranges);
    if (ranges_ > limits_.max_all_ranges) GiveUpGaps();
  }
}

// Until there is some room, so that it is not done for each number.
void ProducerTable::GiveUpGaps() {
  const size_t enough = limits_.max_all_ranges - limits_.max_all_ranges / 4;
  std::vector<size_t> having(limits_.max_ranges + 1);  // how many have so many ranges
  for (const auto& [name, counts] : producers_) ++having[counts.ranges.size()];
  size_t most = limits_.max_ranges;
  size_t having_more = 0;
  for (size_t left = ranges_; left > enough && most > 1; --most) {
    having_more += having[most];
    left -= having_more;
  }
  for (auto& [name, counts] : producers_) {
    if (counts.ranges.size() <= most) continue;
    GiveUpGapsOf(counts, most);
    counts.ranges.shrink_to_fit();
  }
}

void ProducerTable::GiveUpGapsOf(Counts& counts, size_t most_ranges) {
  if (counts.ranges.size() <= most_ranges) return;
  const size_t gaps = counts.ranges.size() - most_ranges;
  counts.ranges[gaps].first = counts.ranges.front().first;
  counts.ranges.erase(counts.ranges.begin(),
                      counts.ranges.begin() + static_cast<std::ptrdiff_t>(gaps));
  counts.forgotten_gaps += gaps;
  ranges_ -= gaps;
}

// Many names that somebody makes up, with an event or two each, must not push out those
// that have gone quiet after a long life.
void ProducerTable::MakeRoom() {
  std::vector<Producers::iterator> each;
  each.reserve(producers_.size());
  for (auto at = producers_.begin(); at != producers_.end(); ++at) each.push_back(at);
  const size_t leaving = producers_.size() / kForgottenShare + 1;
  const auto last = each.begin() + static_cast<std::ptrdiff_t>(leaving - 1);
  std::nth_element(each.begin(), last, each.end(),
                   [](const Producers::iterator& one, const Producers::iterator& other) {
                     return std::tie(one->second.events, one->second.last_time) <
                            std::tie(other->second.events, other->second.last_time);
                   });
  each.resize(leaving);
  for (const Producers::iterator& one : each) {
    ranges_ -= one->second.ranges.size();
    producers_.erase(one);
  }
  forgotten_ += leaving;
}

std::vector<Producer> ProducerTable::List(absl::string_view name, size_t limit,
                                          absl::Time now) const {
  std::vector<Producer> listed;
  listed.reserve(std::min(limit, producers_.size()));
  for (auto each = producers_.upper_bound(name); each != producers_.end() && listed.size() < limit;
       ++each) {
    listed.push_back(ToProducer(each->first, each->second, now));
  }
  return listed;
}

Producer ProducerTable::ToProducer(const std::string& name, const Counts& counts, absl::Time now) {
  Producer producer;
  producer.set_name(name);
  producer.set_events(counts.events);
  producer.set_sequenced_events(counts.sequenced_events);
  SetTimestamp(counts.first_time, producer.mutable_first_seen_time());
  SetTimestamp(counts.last_time, producer.mutable_last_seen_time());
  const absl::Duration silent = now - absl::FromUnixMicros(counts.last_time);
  SetDuration(std::max(silent, absl::ZeroDuration()), producer.mutable_silent_for());
  if (counts.events > 1) {
    const Micros span = counts.last_time - counts.first_time;
    SetDuration(absl::Microseconds(span / static_cast<Micros>(counts.events - 1)),
                producer.mutable_mean_interval());
  }
  producer.set_more_gaps(counts.forgotten_gaps);
  if (counts.ranges.empty()) return producer;
  producer.set_last_sequence(counts.ranges.back().last);
  AddGaps(counts.ranges, producer);
  return producer;
}

void ProducerTable::AddGaps(const std::vector<Range>& ranges, Producer& producer) {
  const size_t gaps = ranges.size() - 1;
  const size_t listed = std::min(gaps, static_cast<size_t>(kListedGaps));
  producer.mutable_gaps()->Reserve(static_cast<int>(listed));
  for (size_t i = 0; i < listed; ++i) {
    audit::v1::SequenceGap& gap = *producer.add_gaps();
    gap.set_first(ranges[i].last + 1);
    gap.set_last(ranges[i + 1].first - 1);
  }
  producer.set_more_gaps(producer.more_gaps() + (gaps - listed));
}

}  // namespace daybook::journal
