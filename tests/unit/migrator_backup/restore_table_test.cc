#include "migrator/backup/restore_table.h"

#include <string>

#include <gmock/gmock.h>

#include "migrator/backup/catalog.h"
#include "migrator/backup/locks.h"
#include "migrator/sqlite/history.h"
#include "migrator/sqlite/records.h"
#include "support/backup_case.h"

namespace daybook::migrator::backup {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::ExitCode;
using ::daybook::testing::BackupCase;
using ::daybook::testing::FailsWith;
using ::daybook::testing::FilesIn;
using ::daybook::testing::FlipBit;
using ::daybook::testing::IsOk;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class RestoreTableTest : public BackupCase {
 protected:
  absl::StatusOr<RestoredTable> Restore(const Manifest& backup, const std::string& table) {
    run_id_ = "restore1";
    return RestoreTable(Job(), backup, table, {});
  }

  void ExpectRefused(const Manifest& backup, const std::string& table) {
    const daybook::testing::Contents before = app_.Read();
    EXPECT_THAT(Restore(backup, table), FailsWith(ExitCode::kRestore));
    EXPECT_EQ(app_.Read(), before);
  }
};

TEST_F(RestoreTableTest, BringsBackTheRowsOfOneTable) {
  const std::string before = app_.Read().tables.at("payments");
  const Manifest backup = Create().value();
  app_.Sql(
      "DELETE FROM payments WHERE id > 100; UPDATE payments SET amount = 0;"
      "INSERT INTO payments VALUES (9000, 1, 1); UPDATE users SET name = 'later'");

  const auto restored = Restore(backup, "payments");

  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(restored->rows_before, 101U);
  EXPECT_EQ(restored->rows, 3'000U);
  EXPECT_EQ(app_.Read().tables.at("payments"), before);
  EXPECT_EQ(app_.Text("SELECT DISTINCT name FROM users"), "later");
  EXPECT_EQ(app_.Text("SELECT count(*) FROM log"), "3001") << "a trigger fired";
  EXPECT_EQ(app_.Text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(FindBackup(Job(), restored->previous_backup).value().why(), "pre-restore");
}

TEST_F(RestoreTableTest, NamesAreComparedAsSqliteDoes) {
  const Manifest backup = Create().value();
  app_.Sql("DELETE FROM payments");

  ASSERT_THAT(Restore(backup, "PayMents"), IsOk());

  EXPECT_EQ(app_.Text("SELECT count(*) FROM payments"), "3000");
}

TEST_F(RestoreTableTest, OfAnEncryptedBackup) {
  UseKey('k');
  const Manifest backup = Create().value();
  app_.Sql("DELETE FROM payments");

  ASSERT_THAT(Restore(backup, "payments"), IsOk());

  EXPECT_EQ(app_.Text("SELECT count(*) FROM payments"), "3000");
  EXPECT_THAT(FilesIn(app_.folder().path()), Not(Contains(HasSubstr("partial"))));
}

TEST_F(RestoreTableTest, OfABackupBesideTheDatabase) {
  UseKey('k');
  BackupJob job = Job();
  job.folder = "";
  const Manifest backup = Create(job).value();
  app_.Sql("DELETE FROM payments");
  job.run_id = "restore1";

  ASSERT_THAT(RestoreTable(job, backup, "payments", {}), IsOk());

  EXPECT_EQ(app_.Text("SELECT count(*) FROM payments"), "3000");
}

TEST_F(RestoreTableTest, NumbersThatWereGivenOutAreNotGivenOutAgain) {
  const Manifest backup = Create().value();
  app_.Sql("INSERT INTO users (name) VALUES ('dan'); DELETE FROM users WHERE name = 'dan'");

  ASSERT_THAT(Restore(backup, "users"), IsOk());

  app_.Sql("INSERT INTO users (name) VALUES ('fay')");
  EXPECT_EQ(app_.Text("SELECT id FROM users WHERE name = 'fay'"), "5");
}

TEST_F(RestoreTableTest, RowsOfEveryKindComeBackAsTheyWere) {
  app_.Sql(R"(
CREATE TABLE no_rowid (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO no_rowid VALUES ('b', x'00ff'), ('a', 1e999), ('c', NULL);
CREATE TABLE hidden (t TEXT);
INSERT INTO hidden (rowid, t) VALUES (7, CAST(x'ff00' AS TEXT)), (3, 'x');
CREATE TABLE generated (a, b AS (a + 1), c AS (a * 2) STORED);
INSERT INTO generated (a) VALUES (1), ('12'), (NULL);
)");
  const daybook::testing::Contents before = app_.Read();
  const Manifest backup = Create().value();
  app_.Sql("DELETE FROM no_rowid; DELETE FROM hidden; UPDATE generated SET a = 0");

  for (const char* table : {"no_rowid", "hidden", "generated"}) {
    EXPECT_THAT(Restore(backup, table), IsOk()) << table;
  }

  EXPECT_EQ(app_.Read(), before);
}

TEST_F(RestoreTableTest, ThatWouldLeaveAChildWithoutItsParentIsRefused) {
  const Manifest backup = Create().value();
  app_.Sql("INSERT INTO users VALUES (9, 'new'); INSERT INTO payments VALUES (9000, 9, 1)");

  ExpectRefused(backup, "users");
}

TEST_F(RestoreTableTest, OfRowsThatAConstraintOfTodayRefusesIsRefused) {
  const Manifest backup = Create().value();
  app_.Sql(
      "DELETE FROM log; DROP TABLE payments; CREATE TABLE payments (id INTEGER PRIMARY KEY,"
      " user_id INTEGER, amount INTEGER CHECK (amount < 1000))");

  ExpectRefused(backup, "payments");
}

TEST_F(RestoreTableTest, WithOtherColumnsIsRefused) {
  const Manifest backup = Create().value();
  app_.Sql("ALTER TABLE payments ADD COLUMN note TEXT");

  ExpectRefused(backup, "payments");
}

TEST_F(RestoreTableTest, WithOtherTypesIsRefused) {
  app_.Sql("CREATE TABLE t (x TEXT); INSERT INTO t VALUES ('007')");
  const Manifest backup = Create().value();
  app_.Sql("DROP TABLE t; CREATE TABLE t (x INTEGER)");

  ExpectRefused(backup, "t");
}

TEST_F(RestoreTableTest, OfWhatIsNoTableOfTheApplicationIsRefused) {
  const Manifest backup = Create().value();
  app_.Sql("CREATE TABLE later (x)");

  for (const char* table : {"none", "later", "sqlite_schema", "sqlite_sequence"}) {
    ExpectRefused(backup, table);
  }
}

TEST_F(RestoreTableTest, FromADamagedBackupIsRefused) {
  const Manifest backup = Create().value();
  app_.Sql("DELETE FROM payments");
  FlipBit(PathOf(backup), 75);

  ExpectRefused(backup, "payments");
}

TEST_F(RestoreTableTest, WhileAnotherWritesIsRefused) {
  const Manifest backup = Create().value();
  app_.Sql("DELETE FROM payments");
  const auto lock = LockForMigrating(app_.path());
  EXPECT_THAT(Restore(backup, "payments"), FailsWith(ExitCode::kLockHeld));
}

TEST_F(RestoreTableTest, TheHistorySaysWhatWasDone) {
  {
    Connection database = app_.Open();
    ASSERT_THAT(sqlite::CreateRecords(database), IsOk());
  }
  const Manifest backup = Create().value();
  app_.Sql("DELETE FROM payments");

  ASSERT_THAT(Restore(backup, "payments"), IsOk());

  EXPECT_EQ(app_.Text("SELECT action FROM mig_event"), "migration.table_restored");
  EXPECT_THAT(app_.Text("SELECT details FROM mig_event"), HasSubstr(backup.id()));
  Connection database = app_.Open();
  EXPECT_THAT(sqlite::CheckEventChain(database), IsOk());
}

}  // namespace
}  // namespace daybook::migrator::backup
