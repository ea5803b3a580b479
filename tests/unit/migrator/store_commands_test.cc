#include "migrator/store/store_commands.h"

#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_split.h"

#include "db/sqlite/connection.h"
#include "db/sqlite/file_lock.h"
#include "db/sqlite/store_layout.h"
#include "migrator/database.h"
#include "migrator/store/create_store.h"
#include "schema/json_object.h"
#include "schema/version.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::migrator {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::StoreLayout;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

class StoreCommandsTest : public ::testing::Test {
 protected:
  ExitCode RunApply() {
    out_.str("");
    Report report(Format::kJson, out_);
    return store::Apply(folder_.File("store"), {}, report);
  }
  ExitCode RunStatus(bool exit_code_tells) {
    out_.str("");
    Report report(Format::kJson, out_);
    return store::Status(folder_.File("store"), exit_code_tells, report);
  }

  void InLedger(const std::string& sql) const {
    Connection ledger = Connection::Open(layout_.LedgerDb(), OpenMode::kReadWrite).value();
    ASSERT_THAT(ledger.Execute(sql), IsOk());
  }

  std::vector<std::string> Lines() const {
    return absl::StrSplit(out_.str(), '\n', absl::SkipEmpty());
  }

  testing::TempFolder folder_;
  StoreLayout layout_{folder_.File("store")};
  std::ostringstream out_;
};

TEST_F(StoreCommandsTest, ApplyMakesAStoreOnce) {
  EXPECT_EQ(RunApply(), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"result\":\"applied\""));

  EXPECT_EQ(RunApply(), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"result\":\"nothing_pending\""));
}

TEST_F(StoreCommandsTest, StatusTellsWhatIsPending) {
  EXPECT_EQ(RunStatus(/*exit_code_tells=*/true), ExitCode::kPending);
  EXPECT_EQ(RunStatus(/*exit_code_tells=*/false), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("\"next\":\"daybook-migrate apply"));

  ASSERT_EQ(RunApply(), ExitCode::kDone);
  EXPECT_EQ(RunStatus(/*exit_code_tells=*/true), ExitCode::kDone);
  EXPECT_THAT(out_.str(), HasSubstr("create_store"));
}

TEST_F(StoreCommandsTest, StatusMakesNothing) {
  RunStatus(/*exit_code_tells=*/true);

  EXPECT_FALSE(std::filesystem::exists(layout_.root()));
}

TEST_F(StoreCommandsTest, EveryLineIsJsonAndTheResultComesLast) {
  RunApply();

  ASSERT_FALSE(Lines().empty());
  for (const std::string& line : Lines()) {
    EXPECT_EQ(schema::BrokenAsJsonObject(line), std::nullopt) << line;
  }
  EXPECT_THAT(Lines().back(), HasSubstr("\"exit_code\":"));
}

TEST_F(StoreCommandsTest, AnotherHistoryIsRefused) {
  ASSERT_EQ(RunApply(), ExitCode::kDone);
  InLedger("UPDATE mig_history SET checksum = 'another'");

  EXPECT_EQ(RunApply(), ExitCode::kHistoryMismatch);
  EXPECT_EQ(RunStatus(/*exit_code_tells=*/true), ExitCode::kHistoryMismatch);
}

TEST_F(StoreCommandsTest, ALedgerWithoutItsTablesIsDamaged) {
  ASSERT_EQ(RunApply(), ExitCode::kDone);
  std::filesystem::resize_file(layout_.LedgerDb(), 0);

  EXPECT_EQ(RunApply(), ExitCode::kHistoryMismatch);
  EXPECT_THAT(Lines().back(), HasSubstr("ledger.db"));
}

TEST_F(StoreCommandsTest, APathThatCannotBeLookedAtEndsTheRun) {
  Report report(Format::kJson, out_);

  EXPECT_EQ(store::Apply(folder_.File(std::string(300, 'x')), {}, report), ExitCode::kUnreachable);
}

TEST_F(StoreCommandsTest, AnOlderStoreGetsWhatItLacks) {
  ASSERT_THAT(store::CreateStore(layout_, schema::StoreMigrations().front(), {}), IsOk());

  EXPECT_EQ(RunStatus(/*exit_code_tells=*/true), ExitCode::kPending);
  EXPECT_EQ(RunApply(), ExitCode::kDone);

  InLedger("INSERT INTO checkpoints (size, signed_at, note) VALUES (1, 0, 'note')");
  EXPECT_EQ(RunStatus(/*exit_code_tells=*/true), ExitCode::kDone);
}

TEST_F(StoreCommandsTest, ANewerStoreIsLeftAlone) {
  ASSERT_EQ(RunApply(), ExitCode::kDone);
  InLedger(
      "INSERT INTO mig_history SELECT 99, name, checksum, 99, 0, 0, applied_by FROM mig_history"
      " WHERE version = 1");

  EXPECT_EQ(RunApply(), ExitCode::kNewerThanBuild);
}

TEST_F(StoreCommandsTest, EventsWithoutALedgerAreRefused) {
  ASSERT_EQ(RunApply(), ExitCode::kDone);
  Connection segment = Connection::Open(layout_.Segment(0), OpenMode::kReadWrite).value();
  ASSERT_THAT(segment.Execute("INSERT INTO audit_logs (id, created_at, event_time, action, outcome,"
                              " tenant, source, leaf_version)"
                              " VALUES (0, 0, 0, 'login', 1, 'default', 3, 1)"),
              IsOk());
  std::filesystem::remove(layout_.LedgerDb());

  EXPECT_EQ(RunApply(), ExitCode::kHistoryMismatch);
}

TEST_F(StoreCommandsTest, WaitsForNobody) {
  std::filesystem::create_directories(layout_.root());
  std::optional<FileLock> lock = FileLock::Acquire(layout_.MigrateLock()).value();
  EXPECT_EQ(RunApply(), ExitCode::kLockHeld);

  lock = std::nullopt;
  lock = FileLock::Acquire(layout_.ServiceLock()).value();
  EXPECT_EQ(RunApply(), ExitCode::kServiceLive);

  lock = std::nullopt;
  EXPECT_EQ(RunApply(), ExitCode::kDone);
}

TEST_F(StoreCommandsTest, NothingPendingNeedsNoLock) {
  ASSERT_EQ(RunApply(), ExitCode::kDone);
  const auto lock = FileLock::Acquire(layout_.ServiceLock());

  EXPECT_EQ(RunApply(), ExitCode::kDone);
}

TEST(ParseDatabase, TakesAFolder) {
  EXPECT_EQ(ParseDatabase("sqlite:/var/lib/daybook")->path, "/var/lib/daybook");
  EXPECT_EQ(ParseDatabase("sqlite:store")->path, "store");
}

TEST(ParseDatabase, RefusesOneThatWouldBeGoneAtOnce) {
  EXPECT_THAT(ParseDatabase("sqlite::memory:").status(),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(ParseDatabase, RefusesEverythingElseAndRepeatsNothing) {
  for (const char* url : {"", "sqlite:", "store", "postgres://me:secret@host/db", "mysql:secret"}) {
    const auto database = ParseDatabase(url);
    EXPECT_THAT(database, HasCode(absl::StatusCode::kInvalidArgument)) << url;
    EXPECT_THAT(std::string(database.status().message()), Not(HasSubstr("secret")));
  }
}

TEST(Report, WritesForPeople) {
  std::ostringstream out;
  Report report(Format::kText, out);

  report.Step("applying", "applying 1 create_store", {{"version", "1"}});
  report.Result(ExitCode::kPending, "pending", "1 pending", "daybook-migrate apply");

  EXPECT_EQ(out.str(), "applying 1 create_store\n1 pending\nnext: daybook-migrate apply\n");
}

}  // namespace
}  // namespace daybook::migrator
