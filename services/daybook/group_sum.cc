#include "daybook/group_sum.h"

#include <algorithm>
#include <utility>

#include "core/timestamp.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::EventBucket;
using ::daybook::audit::v1::EventGroup;

constexpr int kMaxSamples = 5;

void AddNumbers(const google::protobuf::RepeatedField<double>& from,
                google::protobuf::RepeatedField<double>& to) {
  while (to.size() < from.size()) to.Add(0);
  for (int i = 0; i < from.size(); ++i) to.Set(i, to.Get(i) + from.Get(i));
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
      AddNumbers(bucket.sums(), *bar.mutable_sums());
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
  AddNumbers(from.sums(), *to.mutable_sums());
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
