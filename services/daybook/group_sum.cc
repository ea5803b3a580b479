#include "daybook/group_sum.h"

#include <algorithm>
#include <utility>

#include "core/timestamp.h"
#include "query/decimal_sum.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::EventBucket;
using ::daybook::audit::v1::EventGroup;

constexpr int kMaxSamples = 5;

// Of groups or of bars: as exact as they came.
template <typename Message>
void AddSums(const Message& from, Message& to) {
  while (to.sums_size() < from.sums_size()) to.add_sums(0);
  for (int i = 0; i < from.sums_size(); ++i) to.set_sums(i, to.sums(i) + from.sums(i));
  while (to.exact_sums_size() < from.exact_sums_size()) to.add_exact_sums("0");
  for (int i = 0; i < from.exact_sums_size(); ++i) {
    query::DecimalSum sum;
    sum.Add(to.exact_sums(i));
    sum.Add(from.exact_sums(i));
    to.set_exact_sums(i, sum.text());
    to.set_sums(i, sum.value());
  }
}

void AddSummed(const EventGroup& from, EventGroup& to) {
  auto& counts = *to.mutable_summed();
  while (counts.size() < from.summed_size()) counts.Add(0);
  for (int i = 0; i < from.summed_size(); ++i) counts.Set(i, counts.Get(i) + from.summed(i));
}

// A value may be among those of both parts: as many as the greater part has, or more.
void AddDistinct(const EventGroup& from, EventGroup& to) {
  auto& counts = *to.mutable_distinct();
  while (counts.size() < from.distinct_size()) counts.Add(0);
  for (int i = 0; i < from.distinct_size(); ++i) {
    counts.Set(i, std::max(counts.Get(i), from.distinct(i)));
  }
}

void AddBuckets(const EventGroup& from, EventGroup& to) {
  std::map<Micros, EventBucket> bars;
  for (const EventGroup* group : {&std::as_const(to), &from}) {
    for (const EventBucket& bucket : group->buckets()) {
      EventBucket& bar = bars[MicrosOf(bucket.start_time())];
      *bar.mutable_start_time() = bucket.start_time();
      bar.set_count(bar.count() + bucket.count());
      AddSums(bucket, bar);
    }
  }
  to.clear_buckets();
  for (auto& [start, bar] : bars) *to.add_buckets() = std::move(bar);
}

void AddTo(EventGroup& to, const EventGroup& from) {
  if (to.count() == 0) {
    to = from;
    return;
  }
  to.set_count(to.count() + from.count());
  AddDistinct(from, to);
  AddSums(from, to);
  AddSummed(from, to);
  if (MicrosOf(from.first_time()) < MicrosOf(to.first_time())) {
    *to.mutable_first_time() = from.first_time();
  }
  if (MicrosOf(from.last_time()) > MicrosOf(to.last_time())) {
    *to.mutable_last_time() = from.last_time();
  }
  for (const uint64_t seq : from.sample_seqs()) {
    if (to.sample_seqs_size() < kMaxSamples) to.add_sample_seqs(seq);
  }
  AddBuckets(from, to);
}

}  // namespace

void GroupSum::Add(const audit::v1::AggregateEventsResponse& page) {
  is_of_parts_ = is_of_parts_ || page.scan_budget_exhausted();
  as_of_size_ = page.as_of_size();
  for (const EventGroup& group : page.groups()) {
    AddTo(groups_[{group.keys().begin(), group.keys().end()}], group);
  }
}

std::vector<EventGroup> GroupSum::Largest(uint64_t min_count) const {
  std::vector<EventGroup> largest;
  for (const auto& [keys, group] : groups_) {
    if (group.count() >= min_count) largest.push_back(group);
  }
  std::stable_sort(largest.begin(), largest.end(),
                   [](const EventGroup& a, const EventGroup& b) { return a.count() > b.count(); });
  return largest;
}

}  // namespace daybook::cli
