#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "contract/event_store_contract.h"
#include "contract/scan_pages.h"
#include "query/match.h"
#include "support/new_events.h"
#include "support/random_event.h"
#include "support/random_filter.h"
#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::audit::v1::Event;
using ::daybook::query::Filter;
using ::daybook::storage::ScanOrder;
using ::daybook::storage::ScanRequest;
using ::daybook::testing::EventOf;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::MakeNewEvent;
using ::daybook::testing::RandomEvents;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

Seqs Ascending(uint64_t size) {
  Seqs seqs;
  for (uint64_t seq = 0; seq < size; ++seq) seqs.push_back(seq);
  return seqs;
}

Seqs Descending(uint64_t size) {
  const Seqs seqs = Ascending(size);
  return {seqs.rbegin(), seqs.rend()};
}

std::string Quoted(const std::string& text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}, {"*", "\\*"}}), "\"");
}

// A filter for every value that a field of `event` has, and for some that it
// has not.
std::vector<std::string> FiltersFor(const Event& event) {
  const auto time = [](const google::protobuf::Timestamp& t) {
    return Quoted(FormatTime(MicrosOf(t)));
  };
  return {
      absl::StrCat("seq = ", event.seq()),
      absl::StrCat("created_at = ", time(event.created_at())),
      absl::StrCat("event_time = ", time(event.event_time())),
      absl::StrCat("action = ", event.action()),
      absl::StrCat("outcome = ", audit::v1::Outcome_Name(event.outcome()).substr(8)),
      absl::StrCat("reason = ", Quoted(event.reason())),
      absl::StrCat("user_id = ", event.user_id()),
      absl::StrCat("telegram_id = ", Quoted(event.telegram_id())),
      absl::StrCat("actor = ", Quoted(event.actor())),
      absl::StrCat("resource_type = ", Quoted(event.resource_type())),
      absl::StrCat("resource_id = ", Quoted(event.resource_id())),
      absl::StrCat("ip_address = ",
                   event.ip_address().empty() ? "::1" : Quoted(event.ip_address())),
      absl::StrCat("user_agent = ", Quoted(event.user_agent())),
      absl::StrCat("tenant = ", event.tenant()),
      absl::StrCat("producer = ", event.producer()),
      absl::StrCat("producer_sequence = ", event.producer_sequence()),
      absl::StrCat("trace_id = ", Quoted(event.trace_id())),
      absl::StrCat("correlation_id = ", Quoted(event.correlation_id())),
      absl::StrCat("request_id = ", Quoted(event.request_id())),
      absl::StrCat("source = ", audit::v1::Source_Name(event.source()).substr(7)),
  };
}

}  // namespace

TEST_P(EventStoreContract, ScanningAnEmptyStoreFindsNothingAndIsDone) {
  for (const ScanOrder order : kOrders) {
    const auto result = store_->Scan(Everything(order));

    ASSERT_THAT(result, IsOk());
    EXPECT_THAT(result->events, IsEmpty());
    EXPECT_EQ(result->last_examined, std::nullopt);
    EXPECT_FALSE(result->budget_exhausted);
  }
}

TEST_P(EventStoreContract, ScansInBothOrders) {
  Fill(10);

  EXPECT_EQ(SeqsOf(*store_->Scan(Everything(ScanOrder::kSeq))), Ascending(10));
  EXPECT_EQ(SeqsOf(*store_->Scan(Everything(ScanOrder::kSeqDescending))), Descending(10));
}

TEST_P(EventStoreContract, ScansGiveEventsAsGetDoes) {
  ASSERT_THAT(Append({Make(testing::FullEvent(), "id-1"), Make("login")}), IsOk());

  const auto result = store_->Scan(Everything(ScanOrder::kSeq));

  ASSERT_EQ(result->events.size(), 2U);
  EXPECT_EQ(result->events[0].DebugString(), store_->Get(Seq(0))->DebugString());
  EXPECT_EQ(result->events[1].DebugString(), store_->Get(Seq(1))->DebugString());
}

TEST_P(EventStoreContract, FiltersFindWhatMatchesSays) {
  RandomEvents random(20'260'101);
  std::set<std::string> filters = {"user_id = 99",
                                   "action = logout",
                                   "outcome = FAILURE AND tenant = default",
                                   "ip_address = \"::ffff:10.0.0.1\" AND action = login",
                                   "user_id = 0 AND producer_sequence = 0",
                                   "source = SERVICE"};
  std::vector<Event> events;
  for (uint64_t seq = 0; seq < 60; ++seq) {
    clock_.Advance(absl::Microseconds(random.Below(3) - 1));
    const event::Provenance from = {
        .producer = random.Producer(), .source = random.Source(), .request_id = random.RequestId()};
    ASSERT_THAT(Append({MakeNewEvent(rules_, random.Next(), from, clock_.Now())}), IsOk());
    events.push_back(*store_->Get(Seq(seq)));
    for (std::string& filter : FiltersFor(events.back())) filters.insert(std::move(filter));
  }

  for (const std::string& text : filters) {
    SCOPED_TRACE(text);
    const auto filter = Filter::Parse(text);
    ASSERT_THAT(filter, IsOk());
    Seqs expected;
    for (const Event& event : events) {
      if (query::Matches(*filter, event)) expected.push_back(event.seq());
    }

    ScanRequest request = Everything(ScanOrder::kSeq);
    request.filter = *filter;
    EXPECT_EQ(SeqsOf(*store_->Scan(request)), expected);
  }
}

// What Matches says of each event is what scans find, whatever plan they follow.
TEST_P(EventStoreContract, RandomFiltersFindWhatMatchesSays) {
  RandomEvents random(20'261'122);
  testing::RandomFilters filters(7);
  std::vector<Event> events;
  for (uint64_t seq = 0; seq < 60; ++seq) {
    clock_.Advance(absl::Microseconds(random.Below(3) - 1));
    const event::Provenance from = {
        .producer = random.Producer(), .source = random.Source(), .request_id = random.RequestId()};
    ASSERT_THAT(Append({MakeNewEvent(rules_, random.Next(), from, clock_.Now())}), IsOk());
    events.push_back(*store_->Get(Seq(seq)));
  }

  size_t found = 0;
  for (int i = 0; i < 3'000; ++i) {
    const std::string text = filters.Next();
    const auto filter = Filter::Parse(text);
    ASSERT_THAT(filter, IsOk()) << text;
    const ScanOrder order = kOrders[static_cast<size_t>(i) % kOrders.size()];
    const Seqs expected = SeqsInOrder(order, events, *filter);
    ScanRequest request = Everything(order);
    request.filter = *filter;
    ASSERT_EQ(SeqsOf(*store_->Scan(request)), expected) << text;
    request.limit = static_cast<size_t>(1 + i % 7);
    request.budget = static_cast<uint64_t>(1 + i % 31);
    if (i % 60 == 0) {
      ASSERT_EQ(AllPages(*store_, request), expected) << text;
    }
    found += expected.size();
  }
  EXPECT_GT(found, 10'000U);
}

TEST_P(EventStoreContract, AbsentIsNotZero) {
  Event zero = EventOf("login");
  zero.set_user_id(0);
  zero.set_producer_sequence(0);
  ASSERT_THAT(Append({Make("login"), Make(zero)}), IsOk());

  for (const char* text : {"user_id = 0", "producer_sequence = 0"}) {
    ScanRequest request = Everything(ScanOrder::kSeq);
    request.filter = *Filter::Parse(text);
    EXPECT_THAT(SeqsOf(*store_->Scan(request)), ElementsAre(1)) << text;
  }
  EXPECT_FALSE(store_->Get(Seq(0))->has_user_id());
  EXPECT_FALSE(store_->Get(Seq(0))->has_producer_sequence());
  EXPECT_TRUE(store_->Get(Seq(1))->has_user_id());
  EXPECT_TRUE(store_->Get(Seq(1))->has_producer_sequence());
}

TEST_P(EventStoreContract, EmptyTextIsFoundByNoFilter) {
  ASSERT_THAT(Append({Make("login")}), IsOk());
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.filter = *Filter::Parse("actor = \"\"");

  EXPECT_THAT(SeqsOf(*store_->Scan(request)), IsEmpty());
}

TEST_P(EventStoreContract, PagesVisitEveryEventOnce) {
  Fill(13);

  for (const size_t limit : {1, 2, 3, 4, 5, 12, 13, 14}) {
    ScanRequest request = Everything(ScanOrder::kSeq);
    request.limit = limit;
    EXPECT_EQ(AllPages(*store_, request), Ascending(13)) << limit;
    request.order = ScanOrder::kSeqDescending;
    EXPECT_EQ(AllPages(*store_, request), Descending(13)) << limit;
  }
}

TEST_P(EventStoreContract, FilteredPagesVisitEveryMatchOnce) {
  for (int i = 0; i < 13; ++i) {
    ASSERT_THAT(Append({Make(i % 3 == 0 ? "logout" : "login")}), IsOk());
  }
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.filter = *Filter::Parse("action = logout");
  request.limit = 2;

  EXPECT_THAT(AllPages(*store_, request), ElementsAre(0, 3, 6, 9, 12));
  request.order = ScanOrder::kSeqDescending;
  EXPECT_THAT(AllPages(*store_, request), ElementsAre(12, 9, 6, 3, 0));
}

TEST_P(EventStoreContract, AFullPageThatEndsWithTheLastEventIsTheLastPage) {
  Fill(5);
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.limit = 5;

  EXPECT_EQ(store_->Scan(request)->last_examined, std::nullopt);
  request.order = ScanOrder::kSeqDescending;
  EXPECT_EQ(store_->Scan(request)->last_examined, std::nullopt);
}

TEST_P(EventStoreContract, AScanExaminesNoMoreThanItsBudget) {
  Fill(13);
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.budget = 6;

  const auto oldest = store_->Scan(request);
  request.order = ScanOrder::kSeqDescending;
  const auto newest = store_->Scan(request);

  EXPECT_THAT(SeqsOf(*oldest), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(oldest->last_examined, Seq(5));
  EXPECT_TRUE(oldest->budget_exhausted);
  EXPECT_THAT(SeqsOf(*newest), ElementsAre(12, 11, 10, 9, 8, 7));
  EXPECT_EQ(newest->last_examined, Seq(7));
  EXPECT_TRUE(newest->budget_exhausted);
}

TEST_P(EventStoreContract, ABudgetThatSufficesIsNotExhausted) {
  Fill(6);
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.budget = 6;

  const auto result = store_->Scan(request);

  EXPECT_FALSE(result->budget_exhausted);
  EXPECT_EQ(result->last_examined, std::nullopt);
}

TEST_P(EventStoreContract, ALimitReachedBeforeTheBudgetIsNoExhaustion) {
  Fill(6);
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.budget = 4;
  request.limit = 2;

  const auto result = store_->Scan(request);

  EXPECT_FALSE(result->budget_exhausted);
  EXPECT_EQ(result->last_examined, Seq(1));
}

TEST_P(EventStoreContract, BudgetedPagesGoOnWithoutAnyMatch) {
  Fill(12);
  ASSERT_THAT(Append({Make("logout")}), IsOk());
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.filter = *Filter::Parse("action = logout");
  request.budget = 5;
  int pages = 0;

  EXPECT_THAT(AllPages(*store_, request, &pages), ElementsAre(12));

  EXPECT_LE(pages, 3);  // fewer where the engine knows where not to look
}

TEST_P(EventStoreContract, AScanSeesOnlyItsSnapshot) {
  Fill(9);
  ScanRequest request = Everything(ScanOrder::kSeq);
  request.as_of = LogSize(6);

  EXPECT_EQ(SeqsOf(*store_->Scan(request)), Ascending(6));
  request.order = ScanOrder::kSeqDescending;
  EXPECT_EQ(SeqsOf(*store_->Scan(request)), Descending(6));
}

TEST_P(EventStoreContract, ACancelledScanEnds) {
  Fill(3);
  for (const ScanOrder order : kOrders) {
    ScanRequest request = Everything(order);
    request.cancelled = [] { return true; };

    EXPECT_THAT(store_->Scan(request), HasCode(absl::StatusCode::kCancelled));
  }
}

}  // namespace daybook::contract
