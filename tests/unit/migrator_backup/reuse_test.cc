// A migrator that is started over and over finds the backup it has made.

#include <atomic>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "migrator/backup/catalog.h"
#include "migrator/backup/create.h"
#include "migrator/backup/file_state.h"
#include "migrator/backup/verify.h"
#include "support/backup_case.h"

namespace daybook::migrator::backup {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::Connection;
using ::daybook::testing::BackupCase;
using ::daybook::testing::FlipBit;
using ::daybook::testing::IsOk;

class ReuseTest : public BackupCase, public ::testing::WithParamInterface<const char*> {
 protected:
  ReuseTest() : BackupCase(GetParam()) {}

  // As Create, but so that whoever reads the rows of a table is stopped.
  absl::StatusOr<Manifest> CreateWithoutReading() {
    Connection held = app_.Open();
    EXPECT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());
    held.StopWhen([] { return true; });
    return CreateBackup(Job(), {}, held);
  }

  size_t Backups() { return ListBackups(Job()).value().backups.size(); }
};

INSTANTIATE_TEST_SUITE_P(Journal, ReuseTest, ::testing::Values("DELETE", "WAL"),
                         [](const auto& journal) { return std::string(journal.param); });

TEST_P(ReuseTest, TwentyRestartsMakeOneBackup) {
  std::string id;
  for (unsigned restart = 0; restart < 20; ++restart) {
    run_id_ = absl::StrCat("run", restart);
    const auto made = Create();
    ASSERT_THAT(made, IsOk());
    if (restart == 0) id = made->id();
    EXPECT_EQ(made->id(), id);
    EXPECT_EQ(made->attempts(), restart + 1);
    LetTimePass();
  }

  EXPECT_EQ(Backups(), 1U);
  EXPECT_EQ(ListBackups(Job()).value().backups[0].attempts(), 20U);
}

TEST_P(ReuseTest, AFileThatNobodyWroteToIsNotReadAgain) {
  const auto made = Create();
  ASSERT_THAT(made, IsOk());
  ASSERT_FALSE(CreateWithoutReading().ok()) << "the trap does not catch who reads";
  LetTimePass();
  ASSERT_THAT(Create(), IsOk());  // by its content; from here on by its state

  const auto again = CreateWithoutReading();

  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->id(), made->id());
  EXPECT_EQ(again->attempts(), 3U);
}

TEST_P(ReuseTest, AStateThatMayStillChangeUnseenIsNotTrusted) {
  ASSERT_THAT(Create(), IsOk());
  ASSERT_THAT(Create(), IsOk());

  EXPECT_FALSE(CreateWithoutReading().ok());
}

TEST_P(ReuseTest, TheSameContentIsKnownThoughTheFileWasWritten) {
  LetTimePass();
  const auto made = Create();
  app_.Sql("UPDATE payments SET amount = amount + 1; UPDATE payments SET amount = amount - 1");

  const auto again = Create();

  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->id(), made->id());
  EXPECT_EQ(Backups(), 1U);
}

TEST_P(ReuseTest, OneChangedValueNeedsABackupOfItsOwn) {
  LetTimePass();
  const auto made = Create();
  app_.Sql("UPDATE payments SET amount = 1 WHERE id = 1500");
  LetTimePass();

  const auto again = Create();

  ASSERT_THAT(again, IsOk());
  EXPECT_NE(again->id(), made->id());
  EXPECT_EQ(again->attempts(), 1U);
  EXPECT_EQ(Backups(), 2U);
}

TEST_P(ReuseTest, WhatIsInTheWalAloneIsSeen) {
  LetTimePass();
  const Connection keeps_wal = app_.Open();
  const auto made = Create();
  app_.Sql("UPDATE payments SET amount = 1 WHERE id = 1500");

  const auto again = Create();

  ASSERT_THAT(again, IsOk());
  EXPECT_NE(again->id(), made->id());
}

TEST_P(ReuseTest, ABackupThatWasDamagedIsNotUsed) {
  LetTimePass();
  const auto made = Create();
  ASSERT_THAT(made, IsOk());
  LetTimePass();
  FlipBit(PathOf(*made), 5'000);

  const auto again = Create();

  ASSERT_THAT(again, IsOk());
  EXPECT_NE(again->id(), made->id());
  EXPECT_THAT(VerifyBackup(Job(), *again), IsOk());
  EXPECT_TRUE(WasNoted("warning"));
}

TEST_P(ReuseTest, ABackupThatWasCutOffOrIsGoneIsNotUsed) {
  const auto made = Create();
  fs::resize_file(PathOf(*made), 4'096);
  const auto second = Create();
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(second->id(), made->id());

  fs::remove(PathOf(*second));
  const auto third = Create();

  ASSERT_THAT(third, IsOk());
  EXPECT_NE(third->id(), second->id());
  EXPECT_THAT(VerifyBackup(Job(), *third), IsOk());
}

TEST_P(ReuseTest, ABackupWithAnotherKeyIsNotUsed) {
  const auto plain = Create();
  UseKey('a');
  const auto encrypted = Create();
  UseKey('b');
  const auto other = Create();
  UseKey('a');
  const auto again = Create();

  ASSERT_THAT(again, IsOk());
  EXPECT_NE(plain->id(), encrypted->id());
  EXPECT_NE(other->id(), encrypted->id());
  EXPECT_EQ(again->id(), encrypted->id());
}

TEST_P(ReuseTest, ADatabaseRestoredFromElsewhereIsReadAgain) {
  app_.Sql("DELETE FROM log");
  LetTimePass();
  fs::copy_file(app_.path(), folder_.File("older.db"));
  app_.Sql("INSERT INTO log VALUES ('newer')");
  const auto made = Create();
  LetTimePass();
  fs::copy_file(folder_.File("older.db"), app_.path(), fs::copy_options::overwrite_existing);

  const auto again = Create();

  ASSERT_THAT(again, IsOk());
  EXPECT_NE(again->id(), made->id());
}

TEST(FileStateTest, ChangesWithTheFileAndWithNothingElse) {
  const testing::TempFolder folder;
  const std::string path = folder.File("file");
  testing::WriteBytes(path, "a");
  const absl::Time later = absl::Now() + absl::Hours(1);
  const auto before = StateOf(path, later);

  ASSERT_TRUE(before);
  EXPECT_TRUE(IsSame(*before, *StateOf(path, later + absl::Hours(1))));
  EXPECT_FALSE(StateOf(path, absl::Now() - absl::Hours(1)));
  EXPECT_FALSE(StateOf(folder.File("none"), later));

  testing::WaitForLaterTimes(folder.File("scratch"));
  fs::last_write_time(path, fs::last_write_time(path));
  EXPECT_FALSE(IsSame(*before, *StateOf(path, later))) << "times were set back, and nobody saw";
}

TEST(FileStateTest, OfADatabaseWithAWalThereIsNone) {
  const testing::TempFolder folder;
  const std::string path = folder.File("app.db");
  const absl::Time later = absl::Now() + absl::Hours(1);
  testing::WriteBytes(path, "a");
  testing::WriteBytes(path + "-wal", "");
  EXPECT_TRUE(StateOfDatabase(path, later));

  testing::WriteBytes(path + "-wal", "frames");
  EXPECT_FALSE(StateOfDatabase(path, later));
}

}  // namespace
}  // namespace daybook::migrator::backup
