#include "migrator/report.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>

#include "support/manual_clock.h"

namespace daybook::migrator {
namespace {

using telemetry::Progress;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

class ReportTest : public ::testing::Test {
 protected:
  testing::ManualClock clock_;
  std::ostringstream out_;
  Progress bar_{Progress::Style::kBar, out_, clock_};
};

sqlite::RunAccount Account(absl::Duration allowed) {
  return {.phases = {{.name = "backup", .took = absl::Milliseconds(3)},
                     {.name = "migrate", .took = absl::Milliseconds(5), .allowed = allowed}},
          .lock = {.name = "lock held", .took = absl::Milliseconds(9)},
          .whole = {.name = "total", .took = absl::Milliseconds(10)}};
}

TEST_F(ReportTest, ABarIsTakenAwayBeforeALine) {
  Report report(Format::kText, out_, &bar_);
  report.Progress("writing t", 0, 100);
  clock_.Advance(absl::Seconds(1));
  report.Progress("writing t", 50, 100);
  EXPECT_THAT(out_.str(), EndsWith(" 50 %  1 s left"));

  report.Step("phase", "verifying");
  EXPECT_THAT(out_.str(), EndsWith(" left\r\x1b[Kverifying\n"));

  clock_.Advance(absl::Seconds(1));
  report.Progress("writing t", 51, 100);
  report.Result(ExitCode::kDone, "applied", "applied");
  EXPECT_THAT(out_.str(), EndsWith(" left\r\x1b[Kapplied\n"));
}

TEST_F(ReportTest, OtherWorkBeginsAnew) {
  Report report(Format::kText, out_, &bar_);
  report.Progress("reading", 90, 100);
  report.Progress("writing", 0, 100);
  clock_.Advance(absl::Seconds(10));

  report.Progress("writing", 50, 100);

  EXPECT_THAT(out_.str(), HasSubstr("writing [###############...............]  50 %  10 s left"));
}

TEST_F(ReportTest, TheResultHasTheTimesAndTheWarnings) {
  Report report(Format::kJson, out_);
  report.Step("warning", "one");
  report.record().accounts = {Account(absl::Seconds(2)), Account(absl::Seconds(1))};
  report.record().backup_id = "app-1";
  out_.str("");

  report.Result(ExitCode::kDone, "applied", "applied");

  EXPECT_EQ(out_.str(),
            R"({"event":"result","message":"applied","result":"applied","exit_code":"0",)"
            R"("warnings":"1","backup_id":"app-1","backup_ms":"6","migrate_ms":"10",)"
            R"("migrate_allowed_ms":"3000","lock_held_ms":"18","total_ms":"20"})"
            "\n");
}

TEST_F(ReportTest, WhatOneMigrationIsNotHeldToAllAreNot) {
  Report report(Format::kJson, out_);
  report.record().accounts = {Account(absl::Seconds(2)), Account(absl::InfiniteDuration())};

  report.Result(ExitCode::kDone, "applied", "applied");

  EXPECT_THAT(out_.str(), Not(HasSubstr("allowed")));
}

TEST_F(ReportTest, WhatIsToldBeforeTheResultComesBeforeIt) {
  Report report(Format::kText, out_);
  report.BeforeResult([&](const Outcome& outcome) {
    EXPECT_EQ(outcome.code, ExitCode::kFailed);
    report.Step("warning", "a hook failed");
  });

  report.Result(ExitCode::kFailed, "failed", "failed", "mend it");

  EXPECT_EQ(out_.str(), "a hook failed\nwarnings: 1\nfailed\nnext: mend it\n");
}

TEST_F(ReportTest, TheSummarySaysWhichRunMigrationAndBackup) {
  Report report(Format::kText, out_);
  report.record() = {.run_id = "r", .backup_id = "app-1", .version = 7};

  report.Result(ExitCode::kBudget, "budget", "it took long", "wait");

  EXPECT_EQ(report.summary(),
            R"({"code":33,"retryable":false,"result":"budget","cause":"it took long",)"
            R"("next":"wait","run_id":"r","version":7,"backup_id":"app-1"})"
            "\n");
}

TEST_F(ReportTest, TheSummaryIsNeverLongerThanWhatKubernetesKeeps) {
  Report report(Format::kText, out_);
  report.record() = {.run_id = "r", .backup_id = std::string(5'000, '\1'), .version = 7};

  report.Result(ExitCode::kFailed, "failed", std::string(5'000, '\1'), std::string(5'000, '\1'));

  EXPECT_THAT(report.summary(),
              AllOf(SizeIs(Le(4'096U)), StartsWith(R"({"code":30,)"), EndsWith("\"}\n")));
}

}  // namespace
}  // namespace daybook::migrator
