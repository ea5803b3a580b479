#include "verify/live_verifier.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "db/sqlite/file_lock.h"
#include "storage/sqlite/ledger_db.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::verify {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr uint64_t kEventsASegment = 8;
constexpr absl::Duration kPatience = absl::Seconds(30);

bool AlwaysGoOn(uint64_t /*events*/) { return true; }

// Two sealed segments of eight events and an active one of four, as a service has them open.
class LiveVerifierTest : public ::testing::Test {
 protected:
  LiveVerifierTest() : lock_(FileLock::Acquire(folder_.layout().ServiceLock()).value()) {
    std::vector<storage::NewEvent> events;
    for (uint64_t i = 0; i < 2 * kEventsASegment + 4; ++i) {
      Event event = testing::EventOf("login");
      event.set_telegram_id(absl::StrCat("tg-", i));
      events.push_back(testing::MakeNewEvent(rules_, event, testing::FromTester(), clock_.Now()));
    }
    EXPECT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
    store_->WaitUntilSealed();
  }

  // Declares that the subjects of these events are erased.
  void Declare(uint64_t first, uint64_t last) {
    Event event = testing::EventOf(storage::kErasedAction);
    event.set_public_details(R"({"groups":["subject"]})");
    event.set_details(absl::StrCat("{\"ranges\":[[", first, ",", last, "]]}"));
    std::vector<storage::NewEvent> events;
    events.push_back(testing::MakeNewEvent(
        rules_, event,
        {.producer = "daybook", .source = audit::v1::SOURCE_SERVICE, .request_id = ""},
        clock_.Now()));
    ASSERT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
  }

  static storage::Erasure Subjects(uint64_t first, uint64_t last) {
    return {.ranges = {{.first = Seq(first), .last = Seq(last)}},
            .groups = {ledger::Group::kSubject}};
  }

  void Erase(uint64_t first, uint64_t last) {
    ASSERT_THAT(store_->Erase(Subjects(first, last), [] { return false; }), IsOk());
  }

  // What ledger.db says of an erasure under way.
  void Plan(uint64_t first, uint64_t last) {
    const auto ledger = storage::sqlite::LedgerDb::Open(folder_.layout()).value();
    ASSERT_THAT(ledger->Plan("name", Subjects(first, last), store_->Size()), IsOk());
  }

  // Changes a sealed row behind the service's back.
  void Shift(uint64_t seq, int by) {
    Connection segment =
        Connection::Open(folder_.layout().Segment(seq / kEventsASegment), OpenMode::kForeign)
            .value();
    ASSERT_THAT(segment.SetTriggers(false), IsOk());
    ASSERT_THAT(segment.Execute(absl::StrCat("UPDATE audit_logs SET created_at = created_at + ", by,
                                             " WHERE id = ", seq)),
                IsOk());
  }

  LiveVerifier Open() const {
    return LiveVerifier::Open(folder_.layout(), {.store = {}, .threads = 2, .patience = kPatience})
        .value();
  }

  // `meanwhile` happens the first time that it waits.
  Report Verify(
      LiveVerifier verifier, const std::function<void()>& meanwhile = [] {}) {
    const auto report = verifier.Verify(AlwaysGoOn, [&](absl::Duration pause) {
      if (waited_ == absl::ZeroDuration()) meanwhile();
      waited_ += pause;
      return true;
    });
    EXPECT_THAT(report, IsOk());
    return *report;
  }

  static std::vector<std::string> ReasonsIn(const Report& report) {
    std::vector<std::string> reasons;
    for (const Finding& finding : report.findings.list()) {
      reasons.push_back(absl::StrCat(NameOf(finding.fault), " ", finding.first_seq.value_or(999)));
    }
    return reasons;
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kEventsASegment};
  std::unique_ptr<storage::sqlite::SqliteEventStore> store_ = folder_.Open(clock_).value();
  std::optional<FileLock> lock_;
  absl::Duration waited_;
};

TEST_F(LiveVerifierTest, AnErasureSinceItBeganIsDeclaredBehindItsView) {
  LiveVerifier verifier = Open();
  Declare(2, 3);
  Erase(2, 3);

  const Report report = Verify(std::move(verifier));

  EXPECT_THAT(ReasonsIn(report), ::testing::IsEmpty());
  EXPECT_EQ(report.size, 2 * kEventsASegment + 4);
  EXPECT_EQ(report.erased_events, 2U);
}

TEST_F(LiveVerifierTest, AnErasureThatIsDeclaredNowhereIsFoundWhoeverSaysThatItIsUnderWay) {
  LiveVerifier verifier = Open();
  Plan(2, 3);
  Erase(2, 3);

  EXPECT_THAT(ReasonsIn(Verify(std::move(verifier))),
              ::testing::ElementsAre("UNDECLARED_ERASURE 2"));
}

TEST_F(LiveVerifierTest, AnErasureThatIsUnderWayIsWaitedFor) {
  Plan(2, 17);
  Declare(2, 17);
  Erase(2, 7);

  const Report report = Verify(Open(), [this] { Erase(2, 17); });

  EXPECT_THAT(ReasonsIn(report), ::testing::IsEmpty());
}

TEST_F(LiveVerifierTest, AnErasureThatComesNoFurtherIsReported) {
  Plan(2, 3);
  Declare(2, 3);

  const Report report = Verify(Open());

  EXPECT_THAT(ReasonsIn(report),
              ::testing::ElementsAre("ERASURE_INCOMPLETE 2", "ERASURE_INCOMPLETE 3"));
  EXPECT_GE(waited_, kPatience);
  EXPECT_LT(waited_, 4 * kPatience);
}

TEST_F(LiveVerifierTest, AnErasureThatNobodyIsAtWorkOnIsReportedAtOnce) {
  Plan(2, 3);
  Declare(2, 3);
  lock_.reset();

  const Report report = Verify(Open());

  EXPECT_THAT(ReasonsIn(report),
              ::testing::ElementsAre("ERASURE_INCOMPLETE 2", "ERASURE_INCOMPLETE 3"));
  EXPECT_EQ(waited_, absl::ZeroDuration());
}

TEST_F(LiveVerifierTest, AnErasureThatWasForgottenIsReportedWithoutWaitingForIt) {
  Declare(2, 3);

  const Report report = Verify(Open());

  EXPECT_THAT(ReasonsIn(report), ::testing::SizeIs(2));
  EXPECT_LT(waited_, absl::Seconds(1));
}

TEST_F(LiveVerifierTest, WhatASecondLookDoesNotFindIsNotReported) {
  Shift(2, -5);

  const Report report = Verify(Open(), [this] { Shift(2, 5); });

  EXPECT_THAT(ReasonsIn(report), ::testing::IsEmpty());
  EXPECT_GT(waited_, absl::ZeroDuration());
}

TEST_F(LiveVerifierTest, WhatStaysIsReported) {
  Shift(10, -5);

  EXPECT_THAT(ReasonsIn(Verify(Open())), ::testing::Contains("TIME_DECREASES 10"));
}

TEST_F(LiveVerifierTest, WhatIsWrongSinceTheFirstLookNeedsAnotherToCount) {
  Shift(2, -5);

  const Report report = Verify(Open(), [this] {
    Shift(2, 5);
    Shift(3, -5);
  });

  EXPECT_THAT(ReasonsIn(report), ::testing::Contains("TIME_DECREASES 3"));
  EXPECT_THAT(ReasonsIn(report), ::testing::Not(::testing::Contains("TIME_DECREASES 2")));
}

TEST_F(LiveVerifierTest, EventsRecordedMeanwhileDoNotDisturbTheSecondLook) {
  Shift(2, -5);

  const Report report = Verify(Open(), [this] {
    Shift(2, 5);
    Declare(4, 5);
    Erase(4, 5);
    for (int i = 0; i < 20; ++i) Declare(4, 5);  // into new segments
    store_->WaitUntilSealed();
  });

  EXPECT_THAT(ReasonsIn(report), ::testing::IsEmpty());
  EXPECT_EQ(report.size, store_->Size().value());
  EXPECT_EQ(report.events, store_->Size().value());
}

TEST_F(LiveVerifierTest, EndsWhereItIsNotToWait) {
  Shift(2, -5);

  EXPECT_THAT(Open().Verify(AlwaysGoOn, [](absl::Duration) { return false; }),
              HasCode(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace daybook::verify
