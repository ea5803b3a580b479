#include "contract/event_order_contract.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "contract/scan_pages.h"
#include "support/new_events.h"
#include "support/random_event.h"
#include "support/status_matchers.h"

namespace daybook::contract {

using ::daybook::audit::v1::Event;
using ::daybook::query::Filter;
using ::daybook::storage::ScanOrder;
using ::daybook::storage::ScanRequest;
using ::daybook::testing::EventOf;
using ::daybook::testing::IsOk;
using ::daybook::testing::RandomEvents;
using ::testing::ElementsAre;

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventOrderContract);

namespace {

Micros At(absl::Time start, int seconds) {
  return absl::ToUnixMicros(start + absl::Seconds(seconds));
}

}  // namespace

// Ten thousand events of few event times, which arrive in any order while pages are asked for.
TEST_P(EventOrderContract, PagesByEventTimeVisitEveryEventOnceWhileOthersAreRecorded) {
  RandomEvents random(20'261'123);
  const auto record = [&](int count) {
    std::vector<storage::NewEvent> batch;
    for (int i = 0; i < count; ++i) {
      Event event = EventOf(random.OneOf({"login", "logout", "deposit", "deposit"}));
      event.set_user_id(random.Below(50));
      // Late, early, as it happens, or left to the store.
      const Micros now = absl::ToUnixMicros(clock_.Now());
      if (random.Below(4) > 0) {
        SetTimestamp(now / 100 * 100 + 100 - random.Below(400), event.mutable_event_time());
      }
      batch.push_back(Make(event));
    }
    ASSERT_THAT(Append(batch), IsOk());
    clock_.Advance(absl::Microseconds(random.Below(3)));
  };
  for (int events = 0; events < 10'000; events += 50) record(50);
  std::vector<Event> events;
  const uint64_t size = store_->Size().value();
  for (uint64_t seq = 0; seq < size; ++seq) events.push_back(*store_->Get(Seq(seq)));

  for (const ScanOrder order : kOrders) {
    for (const char* text :
         {"", "user_id = 7", "action = logout", "user_id = 7 AND action != login",
          "event_time > 2025-11-21T00:00:00.0001Z AND action = login"}) {
      SCOPED_TRACE(absl::StrCat(text, " in order ", static_cast<int>(order)));
      ScanRequest request = Everything(order);
      request.filter = *Filter::Parse(text);
      request.as_of = LogSize(size);
      request.limit = 97;
      request.budget = 1'500;
      Seqs seen;
      for (size_t page = 0; page < size; ++page) {
        const auto result = store_->Scan(request);
        ASSERT_THAT(result, IsOk());
        const Seqs found = SeqsOf(*result);
        seen.insert(seen.end(), found.begin(), found.end());
        if (page % 16 == 0) record(3);
        if (!result->last_examined) break;
        request.last_examined = result->last_examined;
        request.last_event_time = result->last_event_time;
      }
      ASSERT_EQ(seen, SeqsInOrder(order, events, request.filter));
    }
  }
}

TEST_P(EventStoreContract, EventsOfOneEventTimeComeInOrderOfSeq) {
  const absl::Time start = clock_.Now();
  Event late = EventOf("late");
  SetTimestamp(At(start, 1), late.mutable_event_time());
  for (int i = 0; i < 9; ++i) {
    ASSERT_THAT(Append({i % 3 == 1 ? Make("login") : Make(late)}), IsOk());
    clock_.Advance(absl::Seconds(1));
  }

  // Second 1 is also when the second event was recorded.
  EXPECT_THAT(SeqsOf(*store_->Scan(Everything(ScanOrder::kEventTime))),
              ElementsAre(0, 1, 2, 3, 5, 6, 8, 4, 7));
  EXPECT_THAT(SeqsOf(*store_->Scan(Everything(ScanOrder::kEventTimeDescending))),
              ElementsAre(7, 4, 8, 6, 5, 3, 2, 1, 0));
}

// However small the budget, and however many parts of the store have to be asked.
TEST_P(EventStoreContract, BudgetedPagesByEventTimeGoOn) {
  const absl::Time start = clock_.Now();
  Event late = EventOf("late");
  for (int i = 0; i < 30; ++i) {
    SetTimestamp(At(start, i % 4), late.mutable_event_time());
    ASSERT_THAT(Append({i % 5 == 0 ? Make("login") : Make(late)}), IsOk());
    clock_.Advance(absl::Seconds(1));
  }
  std::vector<Event> events;
  for (uint64_t seq = 0; seq < 30; ++seq) events.push_back(*store_->Get(Seq(seq)));

  for (const ScanOrder order : {ScanOrder::kEventTime, ScanOrder::kEventTimeDescending}) {
    for (const char* text : {"", "action = login", "action = nothing"}) {
      for (const uint64_t budget : {1, 2, 7}) {
        SCOPED_TRACE(absl::StrCat(text, " ", budget));
        ScanRequest request = Everything(order);
        request.filter = *Filter::Parse(text);
        request.budget = budget;
        EXPECT_EQ(AllPages(*store_, request), SeqsInOrder(order, events, request.filter));
      }
    }
  }
}

}  // namespace daybook::contract
