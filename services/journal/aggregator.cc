#include "journal/aggregator.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "journal/grouping_request.h"
#include "journal/paging.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::AggregateEventsResponse;
using ::daybook::query::v1::PagePosition;
using ::daybook::storage::Tallied;
using ::daybook::storage::TallyGroup;
using ::daybook::storage::TallyRequest;
using ::daybook::storage::TallyResult;

// About a second of work.
constexpr uint64_t kBudget = 2'000'000;

// What the groups of all questions may take together: each question takes an eighth of what is
// left, and the least where that is less.
constexpr size_t kBytesOfAll = size_t{512} << 20;
constexpr size_t kLeastBytes = size_t{4} << 20;

// What the groups of one question may take, while it is asked.
class Share {
 public:
  explicit Share(std::atomic<size_t>& taken) : taken_(taken) {
    size_t before = taken;
    do {
      bytes_ = std::max(kLeastBytes, (kBytesOfAll - std::min(before, kBytesOfAll)) / 8);
    } while (!taken.compare_exchange_weak(before, before + bytes_));
  }
  ~Share() { taken_ -= bytes_; }
  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  size_t bytes() const { return bytes_; }

 private:
  std::atomic<size_t>& taken_;
  size_t bytes_ = 0;
};

// What makes two requests pages of the same question: everything but the page, and when it
// was asked for.
absl::StatusOr<std::string> IdentityOf(const auth::Principal& principal,
                                       const AggregateEventsRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(const query::Filter filter,
                           query::Filter::Parse(request.filter(), absl::UnixEpoch()));
  AggregateEventsRequest question = request;
  question.clear_page_size();
  question.clear_page_token();
  question.set_filter(filter.Normalised());
  return absl::StrCat("AggregateEvents\n", principal.producer, "\n", principal.source, "\n",
                      question.SerializeAsString());
}

query::Term SeqAtLeast(uint64_t seq) {
  return {.field = query::FindField("seq"),
          .comparison = query::Comparison::kAtLeast,
          .value = static_cast<int64_t>(seq)};
}

// Lets a page have the part of the log that the page before had, whatever has become of the
// cost of looking at it.
void LimitToPart(const PagePosition& position, TallyRequest& tally) {
  if (position.has_last_seq()) tally.scan.last_examined = Seq(position.last_seq());
  if (!position.has_part_seq()) return;
  if (position.part_seq() != 0) tally.scan.filter.Require(SeqAtLeast(position.part_seq()));
  tally.scan.budget = std::numeric_limits<uint64_t>::max();
  tally.max_bytes = std::numeric_limits<size_t>::max();
}

template <typename Message>
void FillSums(const Tallied& tallied, Message& message) {
  for (const query::DecimalSum& sum : tallied.sums) {
    message.add_sums(sum.value());
    message.add_exact_sums(sum.text());
  }
}

void Fill(TallyGroup group, audit::v1::EventGroup& message) {
  for (std::string& key : group.keys) message.add_keys(std::move(key));
  message.set_count(group.all.count);
  for (const uint64_t distinct : group.distinct) message.add_distinct(distinct);
  FillSums(group.all, message);
  for (const query::DecimalSum& sum : group.all.sums) message.add_summed(sum.numbers());
  SetTimestamp(group.first_time, message.mutable_first_time());
  SetTimestamp(group.last_time, message.mutable_last_time());
  for (const Seq seq : group.samples) message.add_sample_seqs(seq.value());
  for (const auto& [begin, bar] : group.bars) {
    audit::v1::EventBucket& bucket = *message.add_buckets();
    SetTimestamp(std::max(begin, kMinMicros), bucket.mutable_start_time());
    bucket.set_count(bar.count);
    FillSums(bar, bucket);
  }
}

}  // namespace

void Aggregator::Aggregate(const auth::Principal& principal, const AggregateEventsRequest& request,
                           Cancelled cancelled, Answer<AggregateEventsResponse> answer) {
  RunOn<AggregateEventsResponse>(
      pool_,
      [this, principal, request, cancelled = std::move(cancelled)] {
        return DoAggregate(principal, request, cancelled);
      },
      std::move(answer));
}

absl::StatusOr<PagePosition> Aggregator::PositionOf(const AggregateEventsRequest& request,
                                                    const std::string& identity) {
  const absl::Time now = clock_.Now();
  if (!request.page_token().empty()) return tokens_.Open(request.page_token(), identity, now);
  DAYBOOK_ASSIGN_OR_RETURN(const LogSize as_of, SnapshotOf(request.as_of_size(), store_.Size()));
  PagePosition first;
  first.set_as_of_size(as_of.value());
  first.set_asked_at(absl::ToUnixMicros(now));
  return first;
}

// What is dropped meanwhile is in all groups, or in none.
absl::StatusOr<TallyResult> Aggregator::Tally(const TallyRequest& request) {
  while (true) {
    const Seq begin = store_.Begin();
    absl::StatusOr<TallyResult> tallied = store_.Aggregate(request);
    if (!tallied.ok() || store_.Begin() == begin) return tallied;
  }
}

absl::StatusOr<AggregateEventsResponse> Aggregator::DoAggregate(
    const auth::Principal& principal, const AggregateEventsRequest& request,
    const Cancelled& cancelled) {
  DAYBOOK_ASSIGN_OR_RETURN(const size_t page_size, PageSizeOf(request.page_size()));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string identity, IdentityOf(principal, request));
  DAYBOOK_ASSIGN_OR_RETURN(PagePosition position, PositionOf(request, identity));
  DAYBOOK_ASSIGN_OR_RETURN(TallyRequest tally,
                           TallyRequestOf(request, absl::FromUnixMicros(position.asked_at())));
  tally.scan.cancelled = [&] {
    pool_.GiveWay();
    return cancelled();
  };
  tally.scan.as_of = LogSize(position.as_of_size());
  tally.scan.budget = kBudget;
  const Share share(taken_);
  tally.max_bytes = share.bytes();
  LimitToPart(position, tally);
  const bool is_part = position.has_last_seq() || position.part_seq() != 0;
  if (!is_part) tally.min_count = request.min_count();
  DAYBOOK_ASSIGN_OR_RETURN(TallyResult result, Tally(tally));
  if (!result.last_examined && position.part_seq() != 0) {
    result.last_examined = Seq(position.part_seq());
  }
  AggregateEventsResponse response;
  response.set_as_of_size(position.as_of_size());
  response.set_scan_budget_exhausted(result.last_examined.has_value());
  response.set_first_seq(result.last_examined.value_or(store_.Begin()).value());
  response.set_end_seq(position.has_last_seq() ? position.last_seq() : position.as_of_size());
  const size_t first = std::min<size_t>(position.groups(), result.groups.size());
  const size_t end = std::min(first + page_size, result.groups.size());
  for (size_t i = first; i < end; ++i) Fill(std::move(result.groups[i]), *response.add_groups());
  if (end < result.groups.size()) {
    position.set_groups(end);
    position.set_part_seq(result.last_examined.value_or(Seq(0)).value());
  } else if (result.last_examined) {
    position.set_last_seq(result.last_examined->value());
    position.clear_part_seq();
    position.clear_groups();
  } else {
    return response;
  }
  response.set_next_page_token(tokens_.Make(position, identity, clock_.Now()));
  return response;
}

}  // namespace daybook::journal
