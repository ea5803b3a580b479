#include "migrator/app/rehearsal_gate.h"

#include <atomic>
#include <string>

#include <gmock/gmock.h>

#include "core/timestamp.h"
#include "migrator/backup/names.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/plan_text.h"
#include "support/manual_clock.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

class RehearsalGate : public ::testing::Test {
 protected:
  RehearsalGate() {
    file_.migration.set_version(3);
    file_.checksum = "sha256:three";
    state_.pending = {&file_};
    options_.trial.required_within = absl::Hours(48);
  }

  // A report that lies there, of a rehearsal that ended `ago`.
  void Write(absl::Duration ago, const std::string& checksum = "sha256:three",
             Rehearsal::Verdict verdict = Rehearsal::PASSED) {
    Rehearsal rehearsal;
    rehearsal.set_database(backup::RealPath(options_.database));
    rehearsal.set_verdict(verdict);
    rehearsal.set_cause("rows are in the way");
    SetTimestamp(FloorToMicros(clock_.Now() - ago), rehearsal.mutable_ended_at());
    auto& migration = *rehearsal.add_migration();
    migration.set_version(3);
    migration.set_checksum(checksum);
    const std::string name = absl::StrCat("app-rehearsal-20251121T000000Z-", ++written_, ".json");
    ASSERT_THAT(WriteRehearsal(folder_.File(name), rehearsal), IsOk());
  }

  void ExpectRefused(const std::string& why) const {
    const auto found = FindRehearsal(options_, state_);
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(migration::ExitCodeOf(found.status()), ExitCode::kRefused);
    EXPECT_THAT(std::string(found.status().message()), HasSubstr(why));
    EXPECT_THAT(migration::NextIn(found.status()), HasSubstr("daybook-migrate rehearse"));
  }

  testing::TempFolder folder_;
  testing::ManualClock clock_;
  std::atomic<bool> stop_{false};
  Options options_{.database = folder_.File("app.db"), .clock = clock_, .stop = stop_};
  migration::MigrationFile file_;
  State state_;
  int written_ = 0;
};

TEST_F(RehearsalGate, TakesOneOfTheAgeThatIsAskedFor) {
  Write(absl::Hours(48));
  EXPECT_THAT(FindRehearsal(options_, state_), IsOk());
}

TEST_F(RehearsalGate, RefusesAnOlderOne) {
  Write(absl::Hours(48) + absl::Microseconds(1));
  ExpectRefused("is older than 48h");
}

TEST_F(RehearsalGate, TakesOneOfAClockThatIsALittleAheadAndNoneOfTheFuture) {
  Write(-absl::Minutes(5));
  EXPECT_THAT(FindRehearsal(options_, state_), IsOk());
  Write(-absl::Minutes(6));
  ExpectRefused("is from the future");
}

TEST_F(RehearsalGate, RefusesAFailedOneAlsoAfterOneThatPassed) {
  Write(absl::Hours(2));
  Write(absl::Hours(1), "sha256:three", Rehearsal::FAILED);
  ExpectRefused("failed: rows are in the way");
}

TEST_F(RehearsalGate, TakesOneThatPassedAfterAFailedOne) {
  Write(absl::Hours(2), "sha256:three", Rehearsal::FAILED);
  Write(absl::Hours(1));
  EXPECT_THAT(FindRehearsal(options_, state_), IsOk());
}

TEST_F(RehearsalGate, PassesByThoseOfOtherMigrations) {
  Write(absl::Hours(2));
  Write(absl::Hours(1), "sha256:other");
  EXPECT_THAT(FindRehearsal(options_, state_), IsOk());
}

TEST_F(RehearsalGate, SaysThatThereAreOnlySuch) {
  Write(absl::Hours(1), "sha256:other");
  ExpectRefused("was of other migrations");
}

TEST_F(RehearsalGate, SaysThatThereIsNone) { ExpectRefused("was never rehearsed"); }

TEST_F(RehearsalGate, TakesThePlanThatWasRehearsedAndNoOther) {
  const Prepared prepared{.file = &file_, .plan = {.version = 3}};
  Rehearsal rehearsal;
  rehearsal.add_migration()->set_plan_hash(sqlite::HashOf(prepared.plan, file_.checksum));
  const Prepared other{.file = &file_, .plan = {.version = 4}};

  EXPECT_THAT(CheckRehearsed(rehearsal, prepared), IsOk());
  EXPECT_EQ(migration::ExitCodeOf(CheckRehearsed(rehearsal, other)), ExitCode::kRefused);
  EXPECT_EQ(migration::ExitCodeOf(CheckRehearsed(Rehearsal(), prepared)), ExitCode::kRefused);
}

}  // namespace
}  // namespace daybook::migrator::app
