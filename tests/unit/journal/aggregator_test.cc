#include "journal/aggregator.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/mutex.h"
#include "core/timestamp.h"
#include "storage/manifest.h"
#include "support/forwarding_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::AggregateEventsResponse;
using ::daybook::audit::v1::Event;
using ::daybook::storage::NewEvent;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;

// A store that examines few events a call where the caller sets a bound at all, and may
// drop some behind it.
class ShortSightedStore final : public testing::ForwardingEventStore {
 public:
  using ForwardingEventStore::ForwardingEventStore;
  absl::StatusOr<storage::TallyResult> Aggregate(const storage::TallyRequest& request) override {
    storage::TallyRequest smaller = request;
    if (request.scan.budget < ~uint64_t{0}) smaller.scan.budget = budget;
    auto tallied = ForwardingEventStore::Aggregate(smaller);
    if (prune_behind_call > Begin()) Prune(prune_behind_call).IgnoreError();
    return tallied;
  }

  uint64_t budget = 1'000'000;
  Seq prune_behind_call{0};
};

class AggregatorTest : public ::testing::Test {
 protected:
  void Record(const Event& event, int count = 1) {
    const NewEvent fresh = testing::MakeNewEvent(rules_, event, FromTester(), clock_.Now());
    const std::vector<const NewEvent*> events(static_cast<size_t>(count), &fresh);
    ASSERT_THAT(store_.Append(events), IsOk());
  }

  void RecordOf(const std::string& actor, int count = 1) {
    Event event = EventOf("login_failed");
    event.set_actor(actor);
    Record(event, count);
  }

  absl::StatusOr<AggregateEventsResponse> Ask(const AggregateEventsRequest& request) {
    testing::WaitingAnswer<AggregateEventsResponse> answered;
    aggregator_.Aggregate(
        principal_, request, [] { return false; }, answered.Take());
    return answered.Get();
  }

  // What all pages together say, and how many there were.
  std::map<std::string, uint64_t> AllPages(AggregateEventsRequest request, int* pages = nullptr) {
    std::map<std::string, uint64_t> counts;
    for (int page = 0; page < 1'000; ++page) {
      if (pages != nullptr) ++*pages;
      const auto answer = Ask(request);
      EXPECT_THAT(answer, IsOk());
      if (!answer.ok()) return counts;
      for (const auto& group : answer->groups()) counts[group.keys(0)] += group.count();
      if (answer->next_page_token().empty()) return counts;
      request.set_page_token(answer->next_page_token());
    }
    ADD_FAILURE() << "the pages do not end";
    return counts;
  }

  static AggregateEventsRequest ByActor() {
    AggregateEventsRequest request;
    request.add_group_by(audit::v1::GROUP_BY_ACTOR);
    return request;
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  ShortSightedStore store_{std::make_unique<testing::MemoryEventStore>(clock_)};
  query::PageTokens tokens_{std::string(32, 'k')};
  WorkPool pool_{2, 8};
  Aggregator aggregator_{store_, tokens_, clock_, pool_};
  auth::Principal principal_{.producer = "tester"};
};

// A store that keeps questions waiting until there are so many, and notes what each may take.
class CrowdedStore final : public testing::ForwardingEventStore {
 public:
  CrowdedStore(std::unique_ptr<storage::EventStore> store, size_t crowd)
      : ForwardingEventStore(std::move(store)), crowd_(crowd) {}

  absl::StatusOr<storage::TallyResult> Aggregate(const storage::TallyRequest& request) override {
    {
      const MutexLock lock(mutex_);
      bytes_.push_back(request.max_bytes);
      changed_.NotifyAll();
      while (bytes_.size() < crowd_) changed_.Wait(mutex_);
    }
    return ForwardingEventStore::Aggregate(request);
  }

  std::vector<size_t> bytes() const {
    const MutexLock lock(mutex_);
    return bytes_;
  }

 private:
  const size_t crowd_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::vector<size_t> bytes_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(AggregatorTest, QuestionsThatAreAskedAtOnceShareMemory) {
  constexpr size_t kMebibyte = size_t{1} << 20;
  constexpr size_t kCrowd = 30;
  CrowdedStore store(std::make_unique<testing::MemoryEventStore>(clock_), kCrowd);
  WorkPool pool(kCrowd, kCrowd, /*paused_per_turn=*/0);
  Aggregator crowded(store, tokens_, clock_, pool);
  const auto ask = [&](testing::WaitingAnswer<AggregateEventsResponse>& answered) {
    crowded.Aggregate(
        principal_, ByActor(), [] { return false; }, answered.Take());
  };

  std::vector<testing::WaitingAnswer<AggregateEventsResponse>> answers(kCrowd);
  for (auto& answered : answers) ask(answered);
  for (auto& answered : answers) ASSERT_THAT(answered.Get(), IsOk());

  const std::vector<size_t> bytes = store.bytes();
  EXPECT_EQ(*std::max_element(bytes.begin(), bytes.end()), 64 * kMebibyte);
  EXPECT_EQ(*std::min_element(bytes.begin(), bytes.end()), 4 * kMebibyte);
  EXPECT_LT(std::accumulate(bytes.begin(), bytes.end(), size_t{0}), 540 * kMebibyte);
  testing::WaitingAnswer<AggregateEventsResponse> afterwards;
  ask(afterwards);
  ASSERT_THAT(afterwards.Get(), IsOk());
  EXPECT_EQ(store.bytes().back(), 64 * kMebibyte);
}

TEST_F(AggregatorTest, PartsOfTheLogAddUpToTheWhole) {
  for (int i = 0; i < 60; ++i) RecordOf(absl::StrCat("user:", i % 7), 1 + i % 3);
  const auto whole = AllPages(ByActor());
  store_.budget = 11;

  for (const int page_size : {1, 3, 1'000}) {
    AggregateEventsRequest request = ByActor();
    request.set_page_size(page_size);
    int pages = 0;

    EXPECT_EQ(AllPages(request, &pages), whole) << page_size;
    EXPECT_GT(pages, 10);
  }
}

TEST_F(AggregatorTest, APartSaysWhichEventsItIsOf) {
  RecordOf("user:a", 25);
  store_.budget = 10;

  const auto first = Ask(ByActor());
  ASSERT_THAT(first, IsOk());
  AggregateEventsRequest request = ByActor();
  request.set_page_token(first->next_page_token());
  const auto second = Ask(request);

  ASSERT_THAT(second, IsOk());
  EXPECT_TRUE(first->scan_budget_exhausted());
  EXPECT_EQ(first->end_seq(), 25);
  EXPECT_EQ(first->first_seq(), 15);
  EXPECT_EQ(second->end_seq(), 15);
  EXPECT_EQ(second->first_seq(), 5);
}

TEST_F(AggregatorTest, SmallGroupsAreLeftOutOfTheWholeAndNotOfParts) {
  RecordOf("user:a", 4);
  RecordOf("user:b", 2);
  AggregateEventsRequest request = ByActor();
  request.set_min_count(3);

  EXPECT_EQ(AllPages(request), (std::map<std::string, uint64_t>{{"user:a", 4}}));

  store_.budget = 3;
  EXPECT_EQ(AllPages(request), (std::map<std::string, uint64_t>{{"user:a", 4}, {"user:b", 2}}));
}

TEST_F(AggregatorTest, APageOfAPartHasTheSameEventsWhateverTheyCostByThen) {
  for (int i = 0; i < 20; ++i) RecordOf(absl::StrCat("user:", i));
  store_.budget = 9;
  AggregateEventsRequest request = ByActor();
  request.set_page_size(2);
  const auto first = Ask(request);
  ASSERT_THAT(first, IsOk());
  request.set_page_token(first->next_page_token());
  store_.budget = 1;

  const auto second = Ask(request);

  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->first_seq(), first->first_seq());
  EXPECT_EQ(second->end_seq(), first->end_seq());
  EXPECT_TRUE(second->scan_budget_exhausted());
}

TEST_F(AggregatorTest, AWindowIsOfRecordTimeAndStaysWhileItIsPaged) {
  RecordOf("user:old", 3);
  clock_.Advance(absl::Hours(2));
  RecordOf("user:a");
  RecordOf("user:b");
  AggregateEventsRequest request = ByActor();
  request.mutable_window()->set_seconds(3'600);
  request.set_page_size(1);
  const auto first = Ask(request);
  ASSERT_THAT(first, IsOk());
  clock_.Advance(absl::Hours(2));
  RecordOf("user:late", 9);
  request.set_page_token(first->next_page_token());

  const auto second = Ask(request);

  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->groups(0).keys(0), "user:a");
  ASSERT_EQ(second->groups_size(), 1);
  EXPECT_EQ(second->groups(0).keys(0), "user:b");
  EXPECT_EQ(second->next_page_token(), "");
}

// A clock that was set back must not hide what was recorded last.
TEST_F(AggregatorTest, TheNewestEventIsWithinAWindowWithoutEnd) {
  clock_.Advance(absl::Hours(1));
  RecordOf("user:a");
  clock_.Advance(-absl::Hours(1));
  AggregateEventsRequest request = ByActor();
  request.mutable_window()->set_seconds(60);

  EXPECT_EQ(AllPages(request), (std::map<std::string, uint64_t>{{"user:a", 1}}));
}

TEST_F(AggregatorTest, BarsBeginWithTheWindow) {
  const Micros begin = FloorToMicros(clock_.Now());
  for (int i = 0; i < 10; ++i) {
    RecordOf("user:a");
    clock_.Advance(absl::Seconds(1));
  }
  AggregateEventsRequest request;
  request.mutable_window()->set_seconds(10);
  request.mutable_bucket()->set_seconds(4);

  const auto answer = Ask(request);

  ASSERT_THAT(answer, IsOk());
  std::vector<uint64_t> counts;
  for (const auto& bar : answer->groups(0).buckets()) counts.push_back(bar.count());
  EXPECT_THAT(counts, ElementsAre(4, 4, 2));
  EXPECT_EQ(MicrosOf(answer->groups(0).buckets(0).start_time()), begin);
}

TEST_F(AggregatorTest, WhatIsDroppedMeanwhileIsInNoGroup) {
  const auto span = static_cast<int>(storage::SpanEvents(1));
  RecordOf("user:dropped", span);
  RecordOf("user:kept");
  store_.prune_behind_call = Seq(storage::SpanEvents(1));

  EXPECT_EQ(AllPages(ByActor()), (std::map<std::string, uint64_t>{{"user:kept", 1}}));
}

TEST_F(AggregatorTest, ATokenBelongsToOneQuestion) {
  RecordOf("user:a");
  RecordOf("user:b");
  AggregateEventsRequest request = ByActor();
  request.set_page_size(1);
  const auto first = Ask(request);
  ASSERT_THAT(first, IsOk());
  request.set_page_token(first->next_page_token());
  request.set_min_count(1);

  EXPECT_EQ(ReasonIn(Ask(request).status()), "PAGE_TOKEN_MISMATCH");

  request.set_min_count(0);
  principal_.producer = "another";
  EXPECT_EQ(ReasonIn(Ask(request).status()), "PAGE_TOKEN_MISMATCH");
}

TEST_F(AggregatorTest, RefusesSpansThatAreNone) {
  for (const int64_t seconds : {int64_t{0}, int64_t{-1}, int64_t{1} << 60}) {
    AggregateEventsRequest windowed = ByActor();
    windowed.mutable_window()->set_seconds(seconds);
    AggregateEventsRequest barred = ByActor();
    barred.mutable_bucket()->set_seconds(seconds);

    EXPECT_THAT(Ask(windowed), HasCode(absl::StatusCode::kInvalidArgument)) << seconds;
    EXPECT_THAT(Ask(barred), HasCode(absl::StatusCode::kInvalidArgument)) << seconds;
  }
  AggregateEventsRequest ended = ByActor();
  ended.mutable_end_time()->set_nanos(-1);
  EXPECT_THAT(Ask(ended), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(AggregatorTest, AWindowLongerThanTimeIsEverything) {
  RecordOf("user:a");
  AggregateEventsRequest request = ByActor();
  request.mutable_window()->set_seconds(315'576'000'000);

  EXPECT_EQ(AllPages(request), (std::map<std::string, uint64_t>{{"user:a", 1}}));
}

}  // namespace
}  // namespace daybook::journal
