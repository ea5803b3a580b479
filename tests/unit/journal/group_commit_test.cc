#include "journal/group_commit.h"

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"

#include "core/errors.h"
#include "google/rpc/error_details.pb.h"
#include "support/gated_event_store.h"
#include "support/manual_clock.h"
#include "support/memory_event_store.h"
#include "support/new_events.h"
#include "support/status_matchers.h"
#include "support/waiting_answer.h"

namespace daybook::journal {
namespace {

using ::daybook::storage::NewEvent;
using ::daybook::testing::EventOf;
using ::daybook::testing::FromTester;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Answered = testing::WaitingAnswer<GroupCommit::Receipts>;
using EachAnswered = testing::WaitingAnswer<GroupCommit::Outcomes>;

class GroupCommitTest : public ::testing::Test {
 protected:
  GroupCommitTest() { Start({}); }
  ~GroupCommitTest() override { store_.Open(); }

  void Start(GroupCommit::Limits limits) {
    commits_.reset();
    commits_.emplace(store_, metrics_, limits);
  }

  NewEvent Make(const std::string& action, const std::string& request_id = "") const {
    return testing::MakeNewEvent(rules_, EventOf(action), FromTester(request_id), clock_.Now());
  }

  Answered Submit(std::vector<NewEvent> events) {
    Answered answered;
    commits_->Submit(std::move(events), answered.Take());
    return answered;
  }

  EachAnswered SubmitEach(std::vector<NewEvent> events) {
    EachAnswered answered;
    commits_->SubmitEach(std::move(events),
                         [answer = answered.Take()](GroupCommit::Outcomes outcomes) mutable {
                           std::move(answer)(std::move(outcomes));
                         });
    return answered;
  }

  // Shuts the store and hands over an event whose append then hangs there.
  Answered SubmitAndHang() {
    const size_t before = store_.group_sizes().size();
    store_.Shut();
    Answered hanging = Submit({Make("hanging")});
    store_.WaitForAppends(before + 1);
    return hanging;
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  telemetry::Metrics metrics_;
  testing::MemoryEventStore* memory_ = new testing::MemoryEventStore(clock_);
  testing::GatedEventStore store_{std::unique_ptr<storage::EventStore>(memory_)};
  std::optional<GroupCommit> commits_;
};

TEST_F(GroupCommitTest, AnswersWithOneReceiptForEachEvent) {
  const Answered answered = Submit({Make("a"), Make("b")});

  ASSERT_THAT(answered.Get(), IsOk());
  ASSERT_EQ(answered.Get()->size(), 2U);
  for (size_t i = 0; i < 2; ++i) {
    const Receipt& receipt = (*answered.Get())[i];
    const audit::v1::Event stored = *memory_->Get(Seq(i));
    EXPECT_EQ(receipt.seq, Seq(i));
    EXPECT_EQ(receipt.created_at, MicrosOf(stored.created_at()));
    EXPECT_EQ(ledger::AsBytes(receipt.leaf_hash), stored.leaf_hash());
    EXPECT_FALSE(receipt.duplicate);
  }
}

TEST_F(GroupCommitTest, AnswersOnlyAfterTheAppend) {
  const Answered hanging = SubmitAndHang();
  EXPECT_FALSE(hanging.is_answered());

  store_.Open();

  EXPECT_THAT(hanging.Get(), IsOk());
}

TEST_F(GroupCommitTest, WhatComesDuringACommitFormsTheNextGroup) {
  const Answered hanging = SubmitAndHang();
  const Answered first = Submit({Make("a")});
  const Answered second = Submit({Make("b"), Make("c")});

  store_.Open();

  ASSERT_THAT(first.Get(), IsOk());
  ASSERT_THAT(second.Get(), IsOk());
  EXPECT_THAT(store_.group_sizes(), ElementsAre(1, 3));
  EXPECT_EQ(first.Get()->front().seq, Seq(1));
  EXPECT_EQ(second.Get()->front().seq, Seq(2));
  EXPECT_EQ(second.Get()->back().seq, Seq(3));
}

TEST_F(GroupCommitTest, RefusesMoreEventsThanMayWait) {
  Start({.max_waiting_events = 3});
  const Answered hanging = SubmitAndHang();
  const Answered fits = Submit({Make("a"), Make("b")});

  const Answered refused = Submit({Make("c"), Make("d")});
  const Answered still_fits = Submit({Make("e")});

  ASSERT_TRUE(refused.is_answered());
  EXPECT_THAT(refused.Get(), HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonIn(refused.Get().status()), "QUEUE_FULL");
  store_.Open();
  EXPECT_THAT(fits.Get(), IsOk());
  EXPECT_THAT(still_fits.Get(), IsOk());
  EXPECT_EQ(memory_->Size(), LogSize(4));
}

TEST_F(GroupCommitTest, RefusesMoreBytesThanMayWait) {
  const size_t bytes = Make("a").size_in_bytes();
  Start({.max_waiting_bytes = bytes});
  const Answered hanging = SubmitAndHang();
  const Answered fits = Submit({Make("a")});

  const Answered refused = Submit({Make("a")});

  ASSERT_TRUE(refused.is_answered());
  EXPECT_EQ(ReasonIn(refused.Get().status()), "QUEUE_FULL");
  store_.Open();
  EXPECT_THAT(fits.Get(), IsOk());
}

TEST_F(GroupCommitTest, AFullQueueSaysWhenToRetry) {
  Start({.max_waiting_events = 1});
  const Answered hanging = SubmitAndHang();
  const Answered waiting = Submit({Make("a")});

  const Answered refused = Submit({Make("b")});
  store_.Open();

  const auto payload =
      refused.Get().status().GetPayload("type.googleapis.com/google.rpc.RetryInfo");
  ASSERT_TRUE(payload.has_value());
  google::rpc::RetryInfo retry;
  ASSERT_TRUE(retry.ParseFromString(std::string(*payload)));
  EXPECT_EQ(retry.retry_delay().seconds(), 0);
  EXPECT_EQ(retry.retry_delay().nanos(), 100'000'000);
}

TEST_F(GroupCommitTest, TakesOneThatIsLargerThanTheLimitsWhereNothingElseWaits) {
  Start({.max_waiting_events = 1, .max_waiting_bytes = 1});
  const Answered hanging = SubmitAndHang();

  const Answered large = Submit({Make("a"), Make("b")});
  const Answered refused = Submit({Make("c")});
  store_.Open();

  EXPECT_THAT(large.Get(), IsOk());
  EXPECT_EQ(ReasonIn(refused.Get().status()), "QUEUE_FULL");
}

TEST_F(GroupCommitTest, HasRoomAgainOnceAGroupIsTaken) {
  Start({.max_waiting_events = 1});
  const Answered hanging = SubmitAndHang();
  const Answered waiting = Submit({Make("a")});
  store_.Open();
  ASSERT_THAT(waiting.Get(), IsOk());

  EXPECT_THAT(Submit({Make("b")}).Get(), IsOk());
}

TEST_F(GroupCommitTest, AFailedAppendAnswersTheWholeGroup) {
  const Answered hanging = SubmitAndHang();
  const Answered first = Submit({Make("a")});
  const Answered second = Submit({Make("b")});
  memory_->FailAppends(
      ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kStoreFull, ""));

  store_.Open();

  EXPECT_EQ(ReasonIn(hanging.Get().status()), "STORE_FULL");
  EXPECT_EQ(ReasonIn(first.Get().status()), "STORE_FULL");
  EXPECT_EQ(ReasonIn(second.Get().status()), "STORE_FULL");
}

TEST_F(GroupCommitTest, GoesOnAfterAFailedAppend) {
  memory_->FailAppends(absl::UnavailableError("busy"));
  ASSERT_FALSE(Submit({Make("a", "id-1")}).Get().ok());
  memory_->FailAppends(absl::OkStatus());

  const Answered again = Submit({Make("a", "id-1")});

  ASSERT_THAT(again.Get(), IsOk());
  EXPECT_FALSE(again.Get()->front().duplicate);
}

TEST_F(GroupCommitTest, ARepeatIsAnsweredAlsoWhileAppendsFail) {
  const Answered first = Submit({Make("a", "id-1")});
  ASSERT_THAT(first.Get(), IsOk());
  memory_->FailAppends(absl::UnavailableError("busy"));

  const Answered again = Submit({Make("a", "id-1")});

  ASSERT_THAT(again.Get(), IsOk());
  EXPECT_EQ(again.Get()->front().seq, first.Get()->front().seq);
}

TEST_F(GroupCommitTest, ARepeatIsAnsweredAlsoWhereItsGroupFails) {
  ASSERT_THAT(Submit({Make("a", "id-1")}).Get(), IsOk());
  const Answered hanging = SubmitAndHang();
  const Answered again = Submit({Make("a", "id-1")});
  const Answered fresh = Submit({Make("b")});
  const Answered both = Submit({Make("a", "id-1"), Make("c")});
  memory_->FailAppends(absl::UnavailableError("busy"));

  store_.Open();

  ASSERT_THAT(again.Get(), IsOk());
  EXPECT_EQ(again.Get()->front().seq, Seq(0));
  EXPECT_THAT(fresh.Get(), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(both.Get(), HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(GroupCommitTest, ARepeatedRequestGetsTheFirstReceipt) {
  const Answered first = Submit({Make("a", "id-1")});
  ASSERT_THAT(first.Get(), IsOk());
  clock_.Advance(absl::Hours(1));

  const Answered again = Submit({Make("a", "id-1")});

  ASSERT_THAT(again.Get(), IsOk());
  Receipt expected = first.Get()->front();
  expected.duplicate = true;
  EXPECT_EQ(again.Get()->front(), expected);
  EXPECT_EQ(memory_->Size(), LogSize(1));
}

TEST_F(GroupCommitTest, ARepeatInTheSameGroupGetsTheSameReceipt) {
  const Answered hanging = SubmitAndHang();
  const Answered first = Submit({Make("a", "id-1")});
  const Answered again = Submit({Make("b"), Make("a", "id-1")});

  store_.Open();

  ASSERT_THAT(again.Get(), IsOk());
  EXPECT_FALSE(first.Get()->front().duplicate);
  EXPECT_TRUE(again.Get()->back().duplicate);
  EXPECT_EQ(again.Get()->back().seq, first.Get()->front().seq);
  EXPECT_EQ(again.Get()->back().leaf_hash, first.Get()->front().leaf_hash);
  EXPECT_EQ(memory_->Size(), LogSize(3));
}

TEST_F(GroupCommitTest, ARepeatInTheSameSubmissionGetsTheSameReceipt) {
  const Answered answered = Submit({Make("a", "id-1"), Make("a", "id-1")});

  ASSERT_THAT(answered.Get(), IsOk());
  EXPECT_EQ(answered.Get()->back().seq, Seq(0));
  EXPECT_TRUE(answered.Get()->back().duplicate);
  EXPECT_EQ(memory_->Size(), LogSize(1));
}

TEST_F(GroupCommitTest, ARequestIdWithAnotherBodyIsRefused) {
  ASSERT_THAT(Submit({Make("a", "id-1")}).Get(), IsOk());

  const Answered refused = Submit({Make("b", "id-1")});

  EXPECT_THAT(refused.Get(), HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(ReasonIn(refused.Get().status()), "REQUEST_ID_REUSED");
  EXPECT_EQ(memory_->Size(), LogSize(1));
}

TEST_F(GroupCommitTest, OneReusedRequestIdRefusesTheWholeSubmission) {
  ASSERT_THAT(Submit({Make("a", "id-1")}).Get(), IsOk());

  const Answered refused = Submit({Make("x"), Make("y", "id-2"), Make("b", "id-1")});

  EXPECT_EQ(ReasonIn(refused.Get().status()), "REQUEST_ID_REUSED");
  EXPECT_THAT(std::string(refused.Get().status().message()), HasSubstr("requests[2]"));
  EXPECT_EQ(memory_->Size(), LogSize(1));
}

TEST_F(GroupCommitTest, ARefusedSubmissionLeavesItsRequestIdsFree) {
  ASSERT_THAT(Submit({Make("a", "id-1")}).Get(), IsOk());
  const Answered hanging = SubmitAndHang();
  const Answered refused = Submit({Make("y", "id-2"), Make("b", "id-1")});
  const Answered other = Submit({Make("z", "id-2")});

  store_.Open();

  EXPECT_EQ(ReasonIn(refused.Get().status()), "REQUEST_ID_REUSED");
  ASSERT_THAT(other.Get(), IsOk());
  EXPECT_FALSE(other.Get()->front().duplicate);
  EXPECT_EQ(memory_->Get(other.Get()->front().seq)->action(), "z");
}

TEST_F(GroupCommitTest, ARequestIdWithAnotherBodyInTheSameGroupIsRefused) {
  const Answered hanging = SubmitAndHang();
  const Answered first = Submit({Make("a", "id-1")});
  const Answered refused = Submit({Make("b", "id-1")});

  store_.Open();

  EXPECT_THAT(first.Get(), IsOk());
  EXPECT_EQ(ReasonIn(refused.Get().status()), "REQUEST_ID_REUSED");
}

TEST_F(GroupCommitTest, EndingAnswersEverything) {
  const Answered hanging = SubmitAndHang();
  const std::array<Answered, 3> waiting = {Submit({Make("a")}), Submit({Make("a")}),
                                           Submit({Make("a")})};
  store_.Open();

  commits_.reset();

  EXPECT_TRUE(hanging.is_answered());
  for (const Answered& answered : waiting) {
    ASSERT_TRUE(answered.is_answered());
    EXPECT_THAT(answered.Get(), IsOk());
  }
}

TEST_F(GroupCommitTest, EventsThatStandForThemselvesHaveAnOutcomeEach) {
  ASSERT_THAT(Submit({Make("a", "id-1")}).Get(), IsOk());

  const EachAnswered answered =
      SubmitEach({Make("x"), Make("b", "id-1"), Make("a", "id-1"), Make("y")});

  const GroupCommit::Outcomes& outcomes = *answered.Get();
  ASSERT_EQ(outcomes.size(), 4U);
  ASSERT_THAT(outcomes[0], IsOk());
  EXPECT_EQ(outcomes[0]->seq, Seq(1));
  EXPECT_EQ(ReasonIn(outcomes[1].status()), "REQUEST_ID_REUSED");
  EXPECT_FALSE(absl::StrContains(outcomes[1].status().message(), "requests["));
  ASSERT_THAT(outcomes[2], IsOk());
  EXPECT_TRUE(outcomes[2]->duplicate);
  ASSERT_THAT(outcomes[3], IsOk());
  EXPECT_EQ(outcomes[3]->seq, Seq(2));
}

TEST_F(GroupCommitTest, AFailedAppendFailsThoseThatStandForThemselvesButNotRepeats) {
  ASSERT_THAT(Submit({Make("a", "id-1")}).Get(), IsOk());
  memory_->FailAppends(absl::UnavailableError("busy"));

  const EachAnswered answered = SubmitEach({Make("x"), Make("a", "id-1")});

  EXPECT_THAT(answered.Get()->front(), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(answered.Get()->back(), IsOk());
}

TEST_F(GroupCommitTest, ThoseThatStandForThemselvesWaitForRoomInTheirOrder) {
  Start({.max_waiting_events = 4});
  const Answered hanging = SubmitAndHang();
  const std::array<EachAnswered, 3> patient = {SubmitEach({Make("a"), Make("b")}),
                                               SubmitEach({Make("c"), Make("d")}),
                                               SubmitEach({Make("e"), Make("f")})};
  EXPECT_TRUE(absl::StrContains(metrics_.Text(), "daybook_journal_queue_events 6"));

  store_.Open();

  uint64_t seq = 1;
  for (const EachAnswered& answered : patient) {
    for (const auto& outcome : *answered.Get()) {
      ASSERT_THAT(outcome, IsOk());
      EXPECT_EQ(outcome->seq, Seq(seq++));
    }
  }
  EXPECT_THAT(store_.group_sizes(), ElementsAre(1, 2, 2, 2));
}

TEST_F(GroupCommitTest, ThoseThatWaitForRoomLeaveHalfOfItToOthers) {
  Start({.max_waiting_events = 4});
  const Answered hanging = SubmitAndHang();
  const EachAnswered inside = SubmitEach({Make("a"), Make("b")});
  const EachAnswered at_the_door = SubmitEach({Make("c")});

  const Answered call = Submit({Make("d"), Make("e")});

  EXPECT_FALSE(call.is_answered());
  store_.Open();
  EXPECT_THAT(call.Get(), IsOk());
  EXPECT_THAT(at_the_door.Get()->front(), IsOk());
}

TEST_F(GroupCommitTest, EndingAnswersAlsoThoseAtTheDoor) {
  Start({.max_waiting_events = 1});
  const Answered hanging = SubmitAndHang();
  const std::array<EachAnswered, 3> patient = {SubmitEach({Make("a")}), SubmitEach({Make("b")}),
                                               SubmitEach({Make("c")})};
  store_.Open();

  commits_.reset();

  for (const EachAnswered& answered : patient) {
    ASSERT_TRUE(answered.is_answered());
    EXPECT_THAT(answered.Get()->front(), IsOk());
  }
}

TEST_F(GroupCommitTest, AnIdleQueueIsShownAsEmpty) {
  ASSERT_THAT(Submit({Make("a"), Make("b")}).Get(), IsOk());

  EXPECT_TRUE(absl::StrContains(metrics_.Text(), "daybook_journal_queue_events 0"));
  EXPECT_TRUE(absl::StrContains(metrics_.Text(), "daybook_journal_group_events_count 1"));
}

TEST_F(GroupCommitTest, WhatWaitsIsShown) {
  const Answered hanging = SubmitAndHang();
  const Answered waiting = Submit({Make("a"), Make("b")});

  EXPECT_TRUE(absl::StrContains(metrics_.Text(), "daybook_journal_queue_events 2"));
}

TEST_F(GroupCommitTest, TheHeadIsThereBeforeTheAnswer) {
  EXPECT_EQ(commits_->head().size(), LogSize(0));

  ASSERT_THAT(Submit({Make("one"), Make("two")}).Get(), IsOk());

  EXPECT_EQ(commits_->head().size(), LogSize(2));
}

TEST_F(GroupCommitTest, TheHeadBeginsWithTheLogThatIsThere) {
  ASSERT_THAT(Submit({Make("one")}).Get(), IsOk());

  Start({});

  EXPECT_EQ(commits_->head().size(), LogSize(1));
}

}  // namespace
}  // namespace daybook::journal
