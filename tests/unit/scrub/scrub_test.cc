#include "scrub/scrub.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"

#include "db/sqlite/file_lock.h"
#include "scrub/scrubber.h"
#include "support/manual_clock.h"
#include "support/new_events.h"
#include "support/sqlite_folder.h"
#include "support/status_matchers.h"

namespace daybook::scrub {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A sealed segment and an active one.
constexpr uint64_t kFullSegment = 2'048;
constexpr uint64_t kAllEvents = 3'500;
constexpr uint64_t kRate = 1'000;
constexpr absl::Duration kPause = absl::Hours(7);

// A store that a service has open, and a clock that only waiting turns.
class ScrubTest : public ::testing::Test {
 protected:
  ScrubTest() {
    std::vector<storage::NewEvent> events;
    for (uint64_t i = 0; i < kAllEvents; ++i) {
      audit::v1::Event event = testing::EventOf("login");
      event.set_user_id(static_cast<int64_t>(i));
      events.push_back(testing::MakeNewEvent(rules_, event, testing::FromTester(), clock_.Now()));
    }
    EXPECT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
    store_->WaitUntilSealed();
  }

  Scrub MakeScrub() {
    return Scrub(
        {.layout = folder_.layout(), .keys = {}, .clock = clock_, .metrics = metrics_, .log = log_},
        {.rate = kRate, .pause = kPause});
  }

  bool Rest(absl::Duration duration) {
    rests_.push_back(duration);
    positions_.push_back(Value("daybook_scrub_last_seq"));
    clock_.Advance(duration);
    return true;
  }

  absl::Duration RunPass(Scrub& scrub) {
    return scrub.RunPass([this](absl::Duration duration) { return Rest(duration); });
  }

  double Value(const std::string& name) const {
    for (const absl::string_view line : absl::StrSplit(metrics_.Text(), '\n')) {
      double value = 0;
      const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(line, ' ');
      if (parts.first == name && absl::SimpleAtod(parts.second, &value)) return value;
    }
    ADD_FAILURE() << "there is no metric " << name;
    return 0;
  }

  void Edit(const std::string& sql) const {
    Connection segment = Connection::Open(folder_.layout().Segment(0), OpenMode::kForeign).value();
    ASSERT_THAT(segment.SetTriggers(false), IsOk());
    ASSERT_THAT(segment.Execute(sql), IsOk());
  }
  void Break() const { Edit("UPDATE audit_logs SET user_id = user_id + 1 WHERE id = 700"); }
  void Mend() const { Edit("UPDATE audit_logs SET user_id = user_id - 1 WHERE id = 700"); }

  std::string TakeLog() {
    std::string text = log_text_.str();
    log_text_.str("");
    return text;
  }

  testing::ManualClock clock_;
  event::EventRules rules_ = *event::EventRules::Compile();
  testing::SqliteFolder folder_{kFullSegment};
  FileLock lock_ = FileLock::Acquire(folder_.layout().ServiceLock()).value();
  std::unique_ptr<storage::sqlite::SqliteEventStore> store_ = folder_.Open(clock_).value();
  telemetry::Metrics metrics_;
  std::ostringstream log_text_;
  telemetry::Log log_{log_text_, clock_};
  std::vector<absl::Duration> rests_;
  std::vector<double> positions_;
};

TEST_F(ScrubTest, APassVerifiesAllEventsAndSaysSo) {
  Scrub scrub = MakeScrub();
  EXPECT_EQ(Value("daybook_scrub_last_seq"), -1);

  EXPECT_EQ(RunPass(scrub), kPause);

  EXPECT_EQ(Value("daybook_scrub_last_seq"), kAllEvents - 1);
  EXPECT_EQ(Value("daybook_scrub_verified_size"), kAllEvents);
  EXPECT_EQ(Value("daybook_scrub_events_total"), kAllEvents);
  EXPECT_EQ(Value("daybook_scrub_passes_total"), 1);
  EXPECT_NEAR(Value("daybook_scrub_pass_timestamp_seconds"),
              static_cast<double>(absl::ToUnixSeconds(clock_.Now())), 1);
  EXPECT_EQ(Value("daybook_scrub_findings"), 0);
  EXPECT_EQ(Value("daybook_scrub_stalled"), 0);
  EXPECT_THAT(TakeLog(), IsEmpty());
}

TEST_F(ScrubTest, AnIdleLogIsVerifiedAgain) {
  Scrub scrub = MakeScrub();
  RunPass(scrub);

  RunPass(scrub);

  EXPECT_EQ(Value("daybook_scrub_events_total"), 2 * kAllEvents);
  EXPECT_EQ(Value("daybook_scrub_passes_total"), 2);
}

TEST_F(ScrubTest, ReadsEvenlyAtTheRate) {
  Scrub scrub = MakeScrub();
  const absl::Time begin = clock_.Now();

  RunPass(scrub);

  const double seconds = absl::ToDoubleSeconds(clock_.Now() - begin);
  EXPECT_GE(seconds, 1.0 * kAllEvents / kRate);
  EXPECT_LE(seconds, 1.5 * kAllEvents / kRate);
  EXPECT_LE(*std::max_element(rests_.begin(), rests_.end()), absl::Seconds(1.1));
  EXPECT_TRUE(std::is_sorted(positions_.begin(), positions_.end()));
  EXPECT_THAT(positions_, ::testing::Contains(1'023));
}

TEST_F(ScrubTest, EndsInTheMiddleOfAPass) {
  Scrub scrub = MakeScrub();

  scrub.RunPass([](absl::Duration) { return false; });

  EXPECT_LT(Value("daybook_scrub_last_seq"), kFullSegment);
  EXPECT_EQ(Value("daybook_scrub_passes_total"), 0);
  EXPECT_EQ(Value("daybook_scrub_stalled"), 0);
  EXPECT_THAT(TakeLog(), IsEmpty());
}

TEST_F(ScrubTest, TellsAFindingOnceAndWhenItIsGone) {
  Scrub scrub = MakeScrub();
  Break();
  RunPass(scrub);

  EXPECT_THAT(TakeLog(),
              AllOf(HasSubstr(R"("severity":"ERROR","event":"scrub_finding","seq":700,)"),
                    HasSubstr(R"("reason":"LEAF_MISMATCH")")));
  EXPECT_GE(Value("daybook_scrub_findings"), 1);
  const double told = Value("daybook_scrub_findings_total");
  EXPECT_GE(told, 1);

  RunPass(scrub);
  EXPECT_THAT(TakeLog(), IsEmpty());
  EXPECT_GE(Value("daybook_scrub_findings"), 1);
  EXPECT_EQ(Value("daybook_scrub_findings_total"), told);

  Mend();
  RunPass(scrub);
  EXPECT_THAT(TakeLog(), HasSubstr(R"("event":"scrub_clean_again")"));
  EXPECT_EQ(Value("daybook_scrub_findings"), 0);
  EXPECT_EQ(Value("daybook_scrub_verified_size"), kAllEvents);
}

TEST_F(ScrubTest, SaysSoManyFindingsAndThenHowManyMore) {
  Edit("UPDATE audit_logs SET user_id = user_id + 1 WHERE id < 50");
  Scrub scrub = MakeScrub();
  RunPass(scrub);

  const std::string log = TakeLog();
  const std::vector<std::string> lines = absl::StrSplit(log, '\n', absl::SkipEmpty());
  EXPECT_THAT(lines, ::testing::SizeIs(21));
  EXPECT_THAT(lines.back(), HasSubstr("scrub_more_findings"));
}

TEST_F(ScrubTest, WhatKeepsItFromRunningIsToldOnceAndTriedAgain) {
  const std::string path = folder_.layout().LedgerDb();
  std::filesystem::rename(path, path + ".gone");
  Scrub scrub = MakeScrub();

  EXPECT_LE(RunPass(scrub), absl::Minutes(1));
  EXPECT_THAT(TakeLog(), HasSubstr(R"("event":"scrub_stalled")"));
  EXPECT_EQ(Value("daybook_scrub_stalled"), 1);
  RunPass(scrub);
  EXPECT_THAT(TakeLog(), IsEmpty());

  std::filesystem::rename(path + ".gone", path);
  EXPECT_EQ(RunPass(scrub), kPause);
  EXPECT_THAT(TakeLog(), HasSubstr(R"("event":"scrub_goes_on")"));
  EXPECT_EQ(Value("daybook_scrub_stalled"), 0);
}

TEST_F(ScrubTest, EventsRecordedDuringAPassAreForTheNext) {
  Scrub scrub = MakeScrub();
  bool has_recorded = false;
  scrub.RunPass([&](absl::Duration duration) {
    if (!has_recorded) {
      has_recorded = true;
      std::vector<storage::NewEvent> events;
      events.push_back(testing::MakeNewEvent(rules_, testing::EventOf("logout"),
                                             testing::FromTester(), clock_.Now()));
      EXPECT_THAT(store_->Append(testing::PointersTo(events)), IsOk());
    }
    return Rest(duration);
  });
  EXPECT_EQ(Value("daybook_scrub_verified_size"), kAllEvents);

  RunPass(scrub);

  EXPECT_EQ(Value("daybook_scrub_verified_size"), kAllEvents + 1);
  EXPECT_THAT(TakeLog(), IsEmpty());
}

TEST_F(ScrubTest, AThreadOfItsOwnEndsAtOnce) {
  absl::Time begin;
  {
    const Scrubber scrubber(MakeScrub());
    while (Value("daybook_scrub_last_seq") < 0) std::this_thread::yield();
    begin = absl::Now();  // it rests for a second now
  }
  EXPECT_LT(absl::Now() - begin, absl::Seconds(0.9));
}

}  // namespace
}  // namespace daybook::scrub
