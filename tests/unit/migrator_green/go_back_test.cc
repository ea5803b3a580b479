#include "migrator/green/go_back.h"

#include <gmock/gmock.h>

#include "absl/strings/ascii.h"

#include "db/sqlite/durable_file.h"
#include "migrator/green/restore.h"
#include "migrator/green/switched.h"
#include "support/green_case.h"

namespace daybook::migrator::green {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::ExitCode;
using ::daybook::testing::Contents;
using ::daybook::testing::FailsWith;
using ::daybook::testing::GreenCase;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GoBackTest : public GreenCase, public ::testing::WithParamInterface<const char*> {
 protected:
  GoBackTest() : GreenCase(GetParam()), original_(app_.Read()) {
    EXPECT_THAT(ApplyGreen(kNotNegative), IsOk());
    migrated_ = app_.Read();
    run_id_ = "run2";
  }

  void ExpectMigrated() {
    EXPECT_EQ(app_.Read(), migrated_);
    EXPECT_EQ(app_.Text("PRAGMA journal_mode"), absl::AsciiStrToLower(GetParam()));
    EXPECT_THAT(FilesBeside(), ElementsAre("app.db", "app.db.blue-0"));
  }

  const Contents original_;
  Contents migrated_;
};

INSTANTIATE_TEST_SUITE_P(Journal, GoBackTest, ::testing::Values("DELETE", "WAL"),
                         [](const auto& journal) { return std::string(journal.param); });

TEST_P(GoBackTest, LeadsToWhatWasThere) {
  ASSERT_THAT(GoBack(), IsOk());

  EXPECT_EQ(app_.Read(), original_);
  EXPECT_EQ(app_.Text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(app_.Text("PRAGMA journal_mode"), absl::AsciiStrToLower(GetParam()));
  EXPECT_THAT(FilesBeside(), ElementsAre("app.db"));
  EXPECT_THAT(History(), ::testing::IsEmpty());
}

TEST_P(GoBackTest, TheHistoryTellsOfBothWaysAndWhy) {
  ASSERT_THAT(GoBack(), IsOk());

  Connection database = app_.Open();
  EXPECT_THAT(sqlite::CheckEventChain(database), IsOk());
  EXPECT_EQ(app_.Text("SELECT action FROM mig_event ORDER BY id"),
            "migration.applied migration.switched migration.rolled_back");
  EXPECT_THAT(app_.Text("SELECT details FROM mig_event ORDER BY id DESC LIMIT 1"),
              ::testing::AllOf(HasSubstr("\"via\":\"blue\""), HasSubstr("\"reason\":\"a test\"")));
}

TEST_P(GoBackTest, AndForthAgain) {
  ASSERT_THAT(GoBack(), IsOk());
  run_id_ = "run3";
  ASSERT_THAT(ApplyGreen(kNotNegative), IsOk());

  EXPECT_EQ(app_.Read(), migrated_);
  run_id_ = "run4";
  ASSERT_THAT(GoBack(), IsOk());
  EXPECT_EQ(app_.Read(), original_);
}

TEST_P(GoBackTest, IsRefusedOnceSomebodyHasWritten) {
  app_.Sql("INSERT INTO log VALUES ('since')");
  migrated_ = app_.Read();

  EXPECT_THAT(GoBack(), HasCode(absl::StatusCode::kAborted));

  ExpectMigrated();
}

TEST_P(GoBackTest, IsRefusedWhereSomebodyHasWrittenToTheOldOne) {
  {
    Connection blue = Connection::Open(Blue(), OpenMode::kForeign).value();
    ASSERT_THAT(blue.Execute("INSERT INTO log VALUES ('since')"), IsOk());
  }

  EXPECT_THAT(GoBack(), HasCode(absl::StatusCode::kAborted));

  ExpectMigrated();
}

TEST_P(GoBackTest, AnotherDatabaseOfThatNameIsNotTakenForTheOldOne) {
  ASSERT_THAT(db::sqlite::CopyDurably(app_.path(), Blue()), IsOk());

  EXPECT_THAT(GoBack(), HasCode(absl::StatusCode::kAborted));

  ExpectMigrated();
}

TEST_P(GoBackTest, IsRefusedWhileAnotherConnectionReads) {
  {
    Connection other = app_.Open();
    ASSERT_THAT(other.Execute("BEGIN; SELECT count(*) FROM users"), IsOk());

    EXPECT_THAT(GoBack(), FailsWith(ExitCode::kServiceLive));
  }

  ExpectMigrated();
}

TEST_P(GoBackTest, WithoutAnOldOneIsNotFound) {
  ASSERT_THAT(db::sqlite::RemoveDatabase(Blue()), IsOk());

  EXPECT_FALSE(HasBlue(app_.path(), History().back()));
  EXPECT_THAT(GoBack(), HasCode(absl::StatusCode::kNotFound));
}

// A kill between the two leaves the history written and nothing exchanged.
TEST_P(GoBackTest, CanBeDoneAgainAfterAKillBeforeTheExchange) {
  {
    Connection live = app_.Open();
    Connection blue = Connection::Open(Blue(), OpenMode::kForeign).value();
    const auto events = sqlite::ReadEvents(live).value();
    ASSERT_THAT(blue.InTransaction([&] {
      return CarryHistory(blue, events, {sqlite::ReadHistory(live)->back()}, "blue", How());
    }),
                IsOk());
  }

  ASSERT_THAT(GoBack(), IsOk());

  EXPECT_EQ(app_.Read(), original_);
  EXPECT_EQ(app_.Text("SELECT count(*) FROM mig_event"), "3");
}

TEST_P(GoBackTest, ViaTheBackupLeadsToWhatWasThere) {
  ASSERT_THAT(GoBackToBackup(GreenJob(), History(), {}, {}, How()), IsOk());

  EXPECT_EQ(app_.Read(), original_);
  EXPECT_THAT(app_.Text("SELECT details FROM mig_event ORDER BY id DESC LIMIT 1"),
              HasSubstr("\"via\":\"restore\""));
  Connection database = app_.Open();
  EXPECT_THAT(sqlite::CheckEventChain(database), IsOk());
}

TEST_P(GoBackTest, ViaTheBackupIsRefusedOnceSomebodyHasWritten) {
  app_.Sql("UPDATE users SET name = 'other' WHERE id = 1");
  migrated_ = app_.Read();

  EXPECT_THAT(GoBackToBackup(GreenJob(), History(), {}, {}, How()),
              HasCode(absl::StatusCode::kAborted));

  ExpectMigrated();
}

}  // namespace
}  // namespace daybook::migrator::green
