#include "migrator/green/exchange.h"

#include <unistd.h>

#include <filesystem>
#include <future>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "absl/strings/ascii.h"

#include "db/sqlite/open_elsewhere.h"
#include "migrator/backup/catalog.h"
#include "support/green_case.h"

namespace daybook::migrator::green {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::ExitCode;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::Contents;
using ::daybook::testing::FailsWith;
using ::daybook::testing::GreenCase;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::WriteBytes;
using ::testing::ElementsAre;

class ExchangeTest : public GreenCase, public ::testing::WithParamInterface<const char*> {
 protected:
  ExchangeTest() : GreenCase(GetParam()), original_(app_.Read()) {}

  // Nothing was changed, and nothing is left.
  void ExpectUntouched() {
    EXPECT_EQ(app_.Read(), original_);
    EXPECT_EQ(app_.Text("PRAGMA integrity_check"), "ok");
    EXPECT_EQ(app_.Text("PRAGMA journal_mode"), absl::AsciiStrToLower(GetParam()));
    EXPECT_THAT(FilesBeside(), ElementsAre("app.db"));
  }

  bool KernelTells() const {
    const std::string path = keys_.File("probe");
    WriteBytes(path, "x");
    return db::sqlite::IsOpen(path).has_value();
  }

  const Contents original_;
};

INSTANTIATE_TEST_SUITE_P(Journal, ExchangeTest, ::testing::Values("DELETE", "WAL"),
                         [](const auto& journal) { return std::string(journal.param); });

TEST_P(ExchangeTest, MakesWhatOneTransactionMakes) {
  app_.Sql("UPDATE payments SET amount = -5 WHERE id = 7");
  AppDatabase other(absl::StrCat(kSchema, "UPDATE payments SET amount = -5 WHERE id = 7"),
                    {.always_anew = true});

  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());
  ASSERT_THAT(other.Apply(kNotNegative), IsOk());

  EXPECT_EQ(app_.Read(), other.Read());
  EXPECT_EQ(app_.Text("SELECT count(*) FROM mig_quarantine"), "1");
  EXPECT_EQ(app_.Text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(app_.Text("PRAGMA journal_mode"), absl::AsciiStrToLower(GetParam()));
  EXPECT_EQ(History().back().strategy, "blue_green");
}

TEST_P(ExchangeTest, LeavesTheOldOneBesideIt) {
  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  EXPECT_THAT(FilesBeside(), ElementsAre("app.db", "app.db.blue-0"));
  Connection blue = Connection::Open(Blue(), OpenMode::kReadOnly).value();
  EXPECT_EQ(AppDatabase::TextIn(blue, "SELECT count(*), sum(amount) FROM payments"), "3000");
  EXPECT_EQ(AppDatabase::TextIn(blue, "SELECT name FROM sqlite_schema WHERE name LIKE 'mig%'"), "");
}

TEST_P(ExchangeTest, TellsItsPartsByTheirNames) {
  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  EXPECT_THAT(app_.observer.phases,
              ElementsAre("prepare", "sync", "migrate", "validate", "switch"));
}

TEST_P(ExchangeTest, NamesTheBackupInTheHistory) {
  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  const auto backup = backup::FindBackup(Job(), History().back().backup_id);
  ASSERT_THAT(backup, IsOk());
  EXPECT_EQ(backup->journal_mode(), absl::AsciiStrToLower(GetParam()));
}

TEST_P(ExchangeTest, KeepsOwnerAndPermissions) {
  ASSERT_EQ(chmod(app_.path().c_str(), 0664), 0);
  const bool is_root = geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(chown(app_.path().c_str(), 1234, 4321), 0);
  }

  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  struct stat status {};
  ASSERT_EQ(stat(app_.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0664U);
  if (is_root) {
    EXPECT_EQ(status.st_uid, 1234U);
    EXPECT_EQ(status.st_gid, 4321U);
  }
}

TEST_P(ExchangeTest, OnlyOneOldDatabaseOfAVersionIsKept) {
  WriteBytes(Blue(), "left by another time");
  WriteBytes(Blue() + "-journal", "likewise");

  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  EXPECT_THAT(FilesBeside(), ElementsAre("app.db", "app.db.blue-0"));
  Connection blue = Connection::Open(Blue(), OpenMode::kReadOnly).value();
  EXPECT_THAT(blue.QueryInteger("SELECT count(*) FROM payments"), IsOk());
}

TEST_P(ExchangeTest, WhoHasItOpenIsNotTakenItAwayFrom) {
  if (absl::string_view(GetParam()) == "DELETE" && !KernelTells()) {
    GTEST_SKIP() << "THE FILE SYSTEM DOES NOT TELL WHO HAS A FILE OPEN";
  }
  {
    Connection idle = app_.Open();
    ASSERT_THAT(idle.QueryInteger("SELECT count(*) FROM users"), IsOk());

    EXPECT_THAT(ApplyGreen(kNotNegative), FailsWith(ExitCode::kServiceLive));
  }

  ExpectUntouched();
  EXPECT_THAT(ApplyGreen(kNotNegative), IsOk());
}

TEST_P(ExchangeTest, WhoOpensItMeanwhileIsNotTakenItAwayFrom) {
  std::optional<Connection> late;
  acting_.when = "switch";
  acting_.then = [&] {
    late = app_.Open();
    EXPECT_THAT(late->QueryInteger("SELECT count(*) FROM users"), IsOk());
  };

  const absl::Status applied = ApplyGreen(kNotNegative);

  EXPECT_THAT(applied, FailsWith(ExitCode::kServiceLive));
  late.reset();
  ExpectUntouched();
}

// Writers wait while the copy is migrated. One of them gets in at the last moment.
TEST_P(ExchangeTest, WhatIsWrittenBeforeTheExchangeIsNotLost) {
  std::future<absl::Status> written;
  acting_.when = "switch";
  acting_.then = [&] {
    Connection writer = app_.Open();
    written = std::async(std::launch::async, [writer = std::move(writer)]() mutable {
      Connection closed_at_the_end = std::move(writer);
      return closed_at_the_end.Execute(
          "PRAGMA busy_timeout = 30000; INSERT INTO log VALUES ('late')");
    });
  };
  patience_ = absl::Seconds(30);

  const absl::Status applied = ApplyGreen(kNotNegative);

  EXPECT_THAT(written.get(), IsOk());
  EXPECT_THAT(applied, HasCode(absl::StatusCode::kAborted));
  EXPECT_EQ(app_.Text("SELECT what FROM log WHERE what = 'late'"), "late");
  EXPECT_THAT(FilesBeside(), ElementsAre("app.db"));

  acting_.when = "";
  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());
  EXPECT_EQ(app_.Text("SELECT what FROM log WHERE what = 'late'"), "late");
}

TEST_P(ExchangeTest, WritersAreKeptOutWhileTheCopyIsMigrated) {
  absl::Status tried;
  acting_.when = "migrate";
  acting_.then = [&] {
    Connection writer = app_.Open();
    EXPECT_THAT(writer.Execute("PRAGMA busy_timeout = 0"), IsOk());
    tried = writer.Execute("INSERT INTO log VALUES ('x')");
  };

  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  EXPECT_THAT(tried, HasCode(absl::StatusCode::kUnavailable));
}

TEST_P(ExchangeTest, AFileWithASecondNameStaysAsItIs) {
  const std::string second = app_.folder().File("second");
  fs::create_hard_link(app_.path(), second);

  EXPECT_THAT(ApplyGreen(kNotNegative), FailsWith(ExitCode::kRefused));

  fs::remove(second);
  ExpectUntouched();
}

TEST_P(ExchangeTest, AMigrationThatFailsTouchesNothing) {
  app_.Sql("UPDATE payments SET amount = -5 WHERE id = 7");
  const Contents before = app_.Read();

  EXPECT_THAT(ApplyGreen("step { add_check { table: 'payments' column: 'amount' name: 'amount_ok'"
                         "  rule { int64 { gte: 0 } } rationale: 'r' } }"),
              FailsWith(ExitCode::kData));

  EXPECT_EQ(app_.Read(), before);
  EXPECT_THAT(FilesBeside(), ElementsAre("app.db"));
}

TEST_P(ExchangeTest, AStopTouchesNothing) {
  for (const char* phase : {"migrate", "validate", "switch"}) {
    acting_.when = phase;
    acting_.then = [this] { stop_ = true; };

    EXPECT_THAT(ApplyGreen(kNotNegative), HasCode(absl::StatusCode::kCancelled)) << phase;

    stop_ = false;
    ExpectUntouched();
  }
}

TEST_P(ExchangeTest, ALockThatIsHeldTooLongTouchesNothing) {
  acting_.when = "switch";
  acting_.then = [this] { clock_.Set(clock_.Now() + absl::Seconds(10)); };

  EXPECT_THAT(ApplyGreen(absl::StrCat(kNotNegative, "budget { lock_hold_seconds: 5 }")),
              FailsWith(ExitCode::kBudget));
  ExpectUntouched();

  EXPECT_THAT(ApplyGreen(absl::StrCat(kNotNegative, "budget { backup_seconds: 5 }")), IsOk());
}

TEST_P(ExchangeTest, AJournalOfTheOldOneIsNotLeftBesideTheNewOne) {
  acting_.when = "switch";
  acting_.then = [this] { WriteBytes(app_.path() + "-journal", std::string(512, '\0')); };

  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  EXPECT_THAT(FilesBeside(), ElementsAre("app.db", "app.db.blue-0"));
}

}  // namespace
}  // namespace daybook::migrator::green
