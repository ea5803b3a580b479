#include "journal/reader.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "storage/manifest.h"
#include "support/forwarding_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;
using ::daybook::storage::NewEvent;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

const uint64_t kLeastSpan = storage::SpanEvents(1);

// A store that examines few events a scan, and may drop some behind it.
class BudgetedStore final : public testing::ForwardingEventStore {
 public:
  using ForwardingEventStore::ForwardingEventStore;
  absl::StatusOr<storage::ScanResult> Scan(const storage::ScanRequest& request) override {
    storage::ScanRequest smaller = request;
    smaller.budget = budget;
    auto found = ForwardingEventStore::Scan(smaller);
    if (prune_behind_scan > Begin()) Prune(prune_behind_scan).IgnoreError();
    return found;
  }

  uint64_t budget = 1'000'000;
  Seq prune_behind_scan{0};
};

class ReaderTest : public ::testing::Test {
 protected:
  void Fill(int count, const std::string& action = "login") {
    for (int i = 0; i < count; ++i) {
      const NewEvent event =
          testing::MakeNewEvent(rules_, EventOf(action), FromTester(), clock_.Now());
      const NewEvent* const pointer = &event;
      ASSERT_THAT(store_.Append(std::span(&pointer, 1)), IsOk());
    }
  }

  // As many as can be dropped, and some.
  void FillSpanAnd(int more) {
    const NewEvent event =
        testing::MakeNewEvent(rules_, EventOf("login"), FromTester(), clock_.Now());
    const std::vector<const NewEvent*> span(kLeastSpan, &event);
    ASSERT_THAT(store_.Append(span), IsOk());
    Fill(more);
  }

  absl::StatusOr<QueryEventsResponse> Query(const QueryEventsRequest& request) {
    testing::WaitingAnswer<QueryEventsResponse> answered;
    reader_.Query(
        principal_, request, [this] { return is_cancelled_; }, answered.Take());
    return answered.Get();
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  BudgetedStore store_{std::make_unique<testing::MemoryEventStore>(clock_)};
  query::PageTokens tokens_{std::string(32, 'k')};
  WorkPool pool_{2, 8};
  Reader reader_{store_, tokens_, clock_, pool_};
  auth::Principal principal_{.producer = "tester"};
  bool is_cancelled_ = false;
};

std::vector<uint64_t> SeqsOf(const QueryEventsResponse& response) {
  std::vector<uint64_t> seqs;
  for (const Event& event : response.events()) seqs.push_back(event.seq());
  return seqs;
}

TEST_F(ReaderTest, GetsAnEvent) {
  Fill(2);
  audit::v1::GetEventRequest request;
  request.set_seq(1);
  testing::WaitingAnswer<Event> answered;

  reader_.Get(request, answered.Take());

  ASSERT_THAT(answered.Get(), IsOk());
  EXPECT_EQ(answered.Get()->DebugString(), store_.Get(Seq(1))->DebugString());
}

TEST_F(ReaderTest, GetSaysWhereThereIsNoSuchEvent) {
  audit::v1::GetEventRequest request;
  testing::WaitingAnswer<Event> answered;

  reader_.Get(request, answered.Take());

  EXPECT_EQ(ReasonIn(answered.Get().status()), "EVENT_NOT_FOUND");
}

TEST_F(ReaderTest, PagesShowEveryEventOnceWhileOthersAreRecorded) {
  for (const char* order : {"seq", "seq desc"}) {
    SCOPED_TRACE(order);
    Fill(11);
    QueryEventsRequest request;
    request.set_order_by(order);
    request.set_page_size(3);
    const uint64_t size = store_.Size().value();

    std::vector<uint64_t> seen;
    do {
      const auto page = Query(request);
      ASSERT_THAT(page, IsOk());
      EXPECT_EQ(page->as_of_size(), size);
      for (const uint64_t seq : SeqsOf(*page)) seen.push_back(seq);
      request.set_page_token(page->next_page_token());
      Fill(2);
    } while (!request.page_token().empty() && seen.size() <= size);

    std::vector<uint64_t> expected(size);
    for (uint64_t i = 0; i < size; ++i) {
      expected[i] = std::string(order) == "seq" ? i : size - 1 - i;
    }
    EXPECT_EQ(seen, expected);
  }
}

TEST_F(ReaderTest, NewestComeFirstUnlessAskedOtherwise) {
  Fill(3);
  QueryEventsRequest request;

  EXPECT_THAT(SeqsOf(*Query(request)), ElementsAre(2, 1, 0));
  request.set_order_by("seq");
  EXPECT_THAT(SeqsOf(*Query(request)), ElementsAre(0, 1, 2));
  request.set_order_by("action");
  EXPECT_THAT(Query(request), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ReaderTest, PagesHaveAHundredEventsUnlessAskedOtherwise) {
  Fill(1'001);
  QueryEventsRequest request;

  EXPECT_EQ(Query(request)->events_size(), 100);
  request.set_page_size(1'001);
  EXPECT_EQ(Query(request)->events_size(), 1'000);
  request.set_page_size(-1);
  EXPECT_THAT(Query(request), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ReaderTest, ThePageSizeMayChangeBetweenPages) {
  Fill(5);
  QueryEventsRequest request;
  request.set_page_size(2);
  request.set_page_token(Query(request)->next_page_token());
  request.set_page_size(3);

  EXPECT_THAT(SeqsOf(*Query(request)), ElementsAre(2, 1, 0));
}

TEST_F(ReaderTest, FiltersEvents) {
  Fill(2);
  Fill(1, "logout");
  Fill(1);
  QueryEventsRequest request;
  request.set_filter("action = logout");

  const auto response = Query(request);

  ASSERT_THAT(response, IsOk());
  EXPECT_THAT(SeqsOf(*response), ElementsAre(2));
  EXPECT_THAT(response->next_page_token(), IsEmpty());
}

TEST_F(ReaderTest, RefusesAFilterThatDoesNotParse) {
  QueryEventsRequest request;
  request.set_filter("action =");

  EXPECT_EQ(ReasonIn(Query(request).status()), "FILTER_SYNTAX");
}

TEST_F(ReaderTest, LooksAtTheLogAsItWas) {
  Fill(5);
  QueryEventsRequest request;
  request.set_as_of_size(3);

  const auto response = Query(request);

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->as_of_size(), 3U);
  EXPECT_THAT(SeqsOf(*response), ElementsAre(2, 1, 0));
}

TEST_F(ReaderTest, TheLogHasNoFuture) {
  Fill(5);
  QueryEventsRequest request;
  request.set_as_of_size(5);
  EXPECT_THAT(Query(request), IsOk());

  request.set_as_of_size(6);

  EXPECT_THAT(Query(request), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ReaderTest, TheReadMaskLeavesOutTheRest) {
  Fill(1);
  QueryEventsRequest request;
  request.mutable_read_mask()->add_paths("seq");
  request.mutable_read_mask()->add_paths("action");

  const auto response = Query(request);

  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->events(0).action(), "login");
  EXPECT_FALSE(response->events(0).has_created_at());
  EXPECT_THAT(response->events(0).leaf_hash(), IsEmpty());
}

TEST_F(ReaderTest, RefusesAReadMaskWithoutMeaning) {
  QueryEventsRequest request;
  request.mutable_read_mask()->add_paths("no_such_field");

  EXPECT_THAT(Query(request), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(ReaderTest, SaysWhereTheBudgetIsUsedUp) {
  Fill(1, "logout");
  Fill(8);
  store_.budget = 4;
  QueryEventsRequest request;
  request.set_filter("action = logout");

  const auto first = Query(request);
  request.set_page_token(first->next_page_token());
  const auto second = Query(request);
  request.set_page_token(second->next_page_token());
  const auto third = Query(request);

  EXPECT_TRUE(first->scan_budget_exhausted());
  EXPECT_THAT(SeqsOf(*first), IsEmpty());
  EXPECT_TRUE(second->scan_budget_exhausted());
  EXPECT_FALSE(third->scan_budget_exhausted());
  EXPECT_THAT(SeqsOf(*third), ElementsAre(0));
  EXPECT_THAT(third->next_page_token(), IsEmpty());
}

TEST_F(ReaderTest, AFullPageHasATokenWhereMoreIsLeft) {
  Fill(3);
  QueryEventsRequest request;
  request.set_page_size(2);
  EXPECT_THAT(Query(request)->next_page_token(), Not(IsEmpty()));

  request.set_page_size(3);
  EXPECT_THAT(Query(request)->next_page_token(), IsEmpty());
}

// A page may be asked for after the events were dropped that would come next.
TEST_F(ReaderTest, APageThatWouldBeginWithWhatIsDroppedIsToldSo) {
  FillSpanAnd(8);
  QueryEventsRequest request;
  request.set_order_by("seq");
  request.set_page_size(3);
  request.set_page_token(Query(request)->next_page_token());
  ASSERT_THAT(store_.Prune(Seq(kLeastSpan)), IsOk());

  const absl::Status refused = Query(request).status();

  EXPECT_THAT(refused, HasCode(absl::StatusCode::kNotFound));
  EXPECT_EQ(ReasonIn(refused), "PRUNED");
  request.clear_page_token();
  EXPECT_THAT(SeqsOf(*Query(request)), ElementsAre(kLeastSpan, kLeastSpan + 1, kLeastSpan + 2));
}

TEST_F(ReaderTest, APageThatBeginsRightBehindWhatIsDroppedIsShown) {
  FillSpanAnd(2);
  QueryEventsRequest request;
  request.set_filter("action = logout");
  request.set_order_by("seq");
  store_.budget = kLeastSpan;
  request.set_page_token(Query(request)->next_page_token());
  ASSERT_THAT(store_.Prune(Seq(kLeastSpan)), IsOk());

  const auto page = Query(request);

  ASSERT_THAT(page, IsOk());
  EXPECT_EQ(page->next_page_token(), "");
}

TEST_F(ReaderTest, PagesFromTheNewestOnEndWhereTheLogBegins) {
  FillSpanAnd(4);
  QueryEventsRequest request;
  request.set_page_size(3);
  request.set_page_token(Query(request)->next_page_token());
  ASSERT_THAT(store_.Prune(Seq(kLeastSpan)), IsOk());

  const auto page = Query(request);

  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(SeqsOf(*page), ElementsAre(kLeastSpan));
  EXPECT_EQ(page->next_page_token(), "");
}

// It drops events while it is scanned.
TEST_F(ReaderTest, APageHasNoGapInIt) {
  FillSpanAnd(2);
  QueryEventsRequest request;
  request.set_order_by("seq");
  store_.prune_behind_scan = Seq(kLeastSpan);

  const auto page = Query(request);

  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(SeqsOf(*page), ElementsAre(kLeastSpan, kLeastSpan + 1));
}

TEST_F(ReaderTest, ATokenBelongsToItsQueryAndCaller) {
  Fill(5);
  QueryEventsRequest request;
  request.set_page_size(2);
  request.set_page_token(Query(request)->next_page_token());
  const auto reason_of = [this](const QueryEventsRequest& changed) {
    return ReasonIn(Query(changed).status());
  };

  QueryEventsRequest other_filter = request;
  other_filter.set_filter("action = login");
  QueryEventsRequest other_order = request;
  other_order.set_order_by("seq");
  QueryEventsRequest other_snapshot = request;
  other_snapshot.set_as_of_size(4);

  EXPECT_EQ(reason_of(request), "");
  EXPECT_EQ(reason_of(other_filter), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(reason_of(other_order), "PAGE_TOKEN_MISMATCH");
  EXPECT_EQ(reason_of(other_snapshot), "PAGE_TOKEN_MISMATCH");
  principal_.producer = "another";
  EXPECT_EQ(reason_of(request), "PAGE_TOKEN_MISMATCH");
}

TEST_F(ReaderTest, ATokenIsValidForADay) {
  Fill(5);
  QueryEventsRequest request;
  request.set_page_size(2);
  request.set_page_token(Query(request)->next_page_token());

  clock_.Advance(absl::Hours(24));
  EXPECT_THAT(Query(request), IsOk());

  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(ReasonIn(Query(request).status()), "PAGE_TOKEN_INVALID");
}

TEST_F(ReaderTest, ACancelledQueryEnds) {
  Fill(3);
  is_cancelled_ = true;

  EXPECT_THAT(Query({}), HasCode(absl::StatusCode::kCancelled));
}

TEST_F(ReaderTest, RefusesReadsWhereTooManyWait) {
  WorkPool busy(1, 0);
  Reader reader(store_, tokens_, clock_, busy);
  testing::WaitingAnswer<QueryEventsResponse> answered;

  reader.Query(
      principal_, {}, [] { return false; }, answered.Take());

  ASSERT_TRUE(answered.is_answered());
  EXPECT_THAT(answered.Get(), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonIn(answered.Get().status()), "QUEUE_FULL");
}

}  // namespace
}  // namespace daybook::journal
