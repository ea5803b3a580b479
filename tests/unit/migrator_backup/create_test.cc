#include "migrator/backup/create.h"

#include <atomic>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "db/sqlite/descriptor.h"
#include "migrator/backup/contents.h"
#include "migrator/backup/names.h"
#include "migrator/backup/verify.h"
#include "migrator/sqlite/records.h"
#include "support/backup_case.h"
#include "support/small_disk.h"

namespace daybook::migrator::backup {
namespace {

namespace fs = std::filesystem;

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::migration::ExitCode;
using ::daybook::testing::BackupCase;
using ::daybook::testing::FailsWith;
using ::daybook::testing::FilesIn;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::ReadBytes;
using ::daybook::testing::SmallDisk;
using ::daybook::testing::WriteBytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::SizeIs;

// With a rollback journal; those below go on with a WAL.
using CreateBackupTest = BackupCase;

class CreateBackupOfWalTest : public BackupCase {
 protected:
  CreateBackupOfWalTest() : BackupCase("WAL") {}
};

int64_t Count(const std::string& path, const std::string& table) {
  Connection copy = Connection::Open(path, OpenMode::kImmutable).value();
  return copy.QueryInteger(absl::StrCat("SELECT count(*) FROM ", table)).value();
}

TEST_F(CreateBackupTest, MakesAFileAndItsManifestAndNothingElse) {
  const auto made = Create({.version = 7, .why = "migration", .settings = {{"format", "json"}}});

  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(made->id(), MatchesRegex("app-7-[0-9]{8}T[0-9]{6}Z-run1"));
  EXPECT_THAT(FilesIn(folder_.path()), ElementsAre(made->id() + ".json", made->id() + ".sqlite"));
  EXPECT_EQ(Count(PathOf(*made), "payments"), 3'000);
  EXPECT_EQ(made->schema_version(), 7);
  EXPECT_EQ(made->database(), fs::canonical(app_.path()).string());
  EXPECT_TRUE(made->has_verified_at());
  EXPECT_EQ(made->attempts(), 1U);
  EXPECT_EQ(made->setting().at("format"), "json");
  EXPECT_EQ(ReadManifest(ManifestPath(Job(), *made)).value().SerializeAsString().size(),
            made->SerializeAsString().size());
  EXPECT_THAT(VerifyBackup(Job(), *made), IsOk());
}

TEST_F(CreateBackupTest, NobodyButTheOwnerMayReadIt) {
  const auto made = Create();
  ASSERT_THAT(made, IsOk());

  for (const std::string& name : FilesIn(folder_.path())) {
    struct stat status {};
    ASSERT_EQ(stat(folder_.File(name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(CreateBackupTest, LiesBesideTheDatabaseWhereNoFolderIsNamed) {
  BackupJob job = Job();
  job.folder = "";

  const auto made = Create(job);

  ASSERT_THAT(made, IsOk());
  EXPECT_TRUE(fs::exists(app_.folder().File(made->file())));
}

TEST_F(CreateBackupOfWalTest, HoldsWhatIsInTheWalAlone) {
  const Connection keeps_wal = app_.Open();
  app_.Sql("CREATE TABLE late (x); INSERT INTO late VALUES (1), (2)");
  const std::string plain_copy = folder_.File("plain.db");
  fs::copy_file(app_.path(), plain_copy);

  const auto made = Create();

  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(Count(PathOf(*made), "late"), 2);
  Connection copy = Connection::Open(plain_copy, OpenMode::kImmutable).value();
  EXPECT_FALSE(copy.QueryInteger("SELECT count(*) FROM late").ok()) << "the copy has it too";
  EXPECT_EQ(made->journal_mode(), "wal");
}

TEST_F(CreateBackupOfWalTest, OfASnapshotLetsOthersWrite) {
  Connection held = app_.Open();
  ASSERT_THAT(held.Execute("BEGIN"), IsOk());
  ASSERT_THAT(held.QueryInteger("SELECT count(*) FROM payments"), IsOk());
  app_.Sql("DELETE FROM payments");

  const auto made = CreateBackup(Job(), {}, held);

  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(Count(PathOf(*made), "payments"), 3'000);
  EXPECT_FALSE(made->has_database_state()) << "the file says nothing of a snapshot";
}

TEST_F(CreateBackupTest, ComparesTheMigratorsOwnTablesToo) {
  {
    Connection database = app_.Open();
    ASSERT_THAT(sqlite::CreateRecords(database), IsOk());
  }
  app_.Sql("INSERT INTO mig_meta VALUES ('a', 'b')");
  const auto made = Create();
  ASSERT_THAT(made, IsOk());

  app_.Sql("UPDATE mig_meta SET value = 'c'");
  const auto next = Create();

  ASSERT_THAT(next, IsOk());
  EXPECT_NE(next->id(), made->id()) << "a difference in mig_meta went unseen";
  EXPECT_THAT(Differences(made->contents(), next->contents()), ElementsAre(HasSubstr("mig_meta")));
}

TEST_F(CreateBackupTest, AfterTheChangeIsTooLate) {
  Connection held = app_.Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE; DELETE FROM payments WHERE id = 5"), IsOk());

  EXPECT_THAT(CreateBackup(Job(), {}, held), FailsWith(ExitCode::kBackup));

  EXPECT_THAT(FilesIn(folder_.path()), IsEmpty());
}

TEST_F(CreateBackupTest, OfAnotherSchemaThanThePlansIsRefused) {
  EXPECT_THAT(Create({.schema_digest = "another"}), FailsWith(ExitCode::kBackup));

  EXPECT_THAT(FilesIn(folder_.path()), IsEmpty());
}

TEST_F(CreateBackupTest, WithoutATransactionNothingKeepsWritersOut) {
  Connection loose = app_.Open();

  EXPECT_THAT(CreateBackup(Job(), {}, loose), FailsWith(ExitCode::kBackup));
}

TEST_F(CreateBackupTest, AFolderThatIsMissingIsSaidBeforehand) {
  BackupJob job = Job();
  job.folder = folder_.File("none");

  EXPECT_THAT(Create(job), FailsWith(ExitCode::kResources));
  EXPECT_FALSE(fs::exists(job.folder));
}

TEST_F(CreateBackupTest, AFolderThatCannotBeWrittenIsSaidBeforehand) {
  SmallDisk disk("4m");
  if (!disk.IsThere()) GTEST_SKIP() << "NEEDS ROOT: NO READ-ONLY FOLDER WAS TRIED";
  ASSERT_TRUE(disk.MakeReadOnly());
  BackupJob job = Job();
  job.folder = disk.path();

  EXPECT_THAT(Create(job), FailsWith(ExitCode::kResources));
}

TEST_F(CreateBackupTest, LiesOnAnotherFileSystemAsWell) {
  SmallDisk disk("4m");
  if (!disk.IsThere()) GTEST_SKIP() << "NEEDS ROOT: NO OTHER FILE SYSTEM WAS TRIED";
  BackupJob job = Job();
  job.folder = disk.path();

  const auto made = Create(job);

  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(VerifyBackup(job, *made), IsOk());
}

TEST_F(CreateBackupTest, TooLittleSpaceIsSaidBeforehand) {
  SmallDisk disk("64k");
  if (!disk.IsThere()) GTEST_SKIP() << "NEEDS ROOT: NO SMALL DISK WAS TRIED";
  BackupJob job = Job();
  job.folder = disk.path();

  EXPECT_THAT(Create(job), FailsWith(ExitCode::kResources));
  EXPECT_THAT(FilesIn(disk.path()), IsEmpty());
}

TEST_F(CreateBackupTest, ADiskThatBecomesFullLeavesNoPartOfABackup) {
  SmallDisk disk("20m");
  if (!disk.IsThere()) GTEST_SKIP() << "NEEDS ROOT: NO FULL DISK WAS TRIED";
  app_.Sql(
      "CREATE TABLE big (x); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
      " WHERE i < 9) INSERT INTO big SELECT randomblob(1000000) FROM n");
  BackupJob job = Job();
  job.folder = disk.path();
  // Others fill the disk while the copy is made.
  constexpr size_t kOthersBytes = size_t{20} << 20;
  job.progress = [&](uint64_t /*done*/, uint64_t /*all*/) {
    WriteBytes(disk.path() + "/others", std::string(kOthersBytes, 'x'));
  };

  EXPECT_THAT(Create(job), FailsWith(ExitCode::kBackup));

  EXPECT_THAT(FilesIn(disk.path()), ElementsAre("others"));
  EXPECT_EQ(app_.Text("SELECT count(*) FROM big"), "9");
}

TEST_F(CreateBackupTest, AStopLeavesNothing) {
  const std::atomic<bool> stop = true;
  BackupJob job = Job();
  job.stop = &stop;

  EXPECT_THAT(Create(job), HasCode(absl::StatusCode::kCancelled));

  EXPECT_THAT(FilesIn(folder_.path()), IsEmpty());
}

TEST_F(CreateBackupTest, ADamagedDatabaseHasNoVerifiedBackup) {
  const std::string bytes = ReadBytes(app_.path());
  std::string damaged = bytes;
  // The last page is one of the index or of the payments.
  for (size_t i = damaged.size() - 4'096; i < damaged.size(); ++i) damaged[i] = '\x55';
  WriteBytes(app_.path(), damaged);

  EXPECT_THAT(Create(), FailsWith(ExitCode::kBackup));

  EXPECT_THAT(FilesIn(folder_.path()), IsEmpty());
}

TEST_F(CreateBackupTest, RowsThatBreakARuleAreNoDamage) {
  app_.Sql(
      "PRAGMA ignore_check_constraints = ON; INSERT INTO users (name) VALUES ('');"
      "CREATE TABLE v (x); INSERT INTO v VALUES (NULL); PRAGMA writable_schema = ON;"
      "UPDATE sqlite_schema SET sql = 'CREATE TABLE v (x NOT NULL)' WHERE name = 'v'");
  ASSERT_THAT(app_.Text("PRAGMA integrity_check"), HasSubstr(" in "));

  EXPECT_THAT(Create(), IsOk());
}

TEST_F(CreateBackupTest, OfTablesOfEveryKind) {
  app_.Sql(R"(
CREATE TABLE no_rowid (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO no_rowid VALUES ('b', x'00ff'), ('a', 1e999);
CREATE TABLE generated (a INTEGER, b AS (a + 1), c AS (a * 2) STORED);
INSERT INTO generated (a) VALUES (1), (NULL);
CREATE TABLE "a ""b"" [c] 'd'" ("select" TEXT COLLATE NOCASE);
INSERT INTO "a ""b"" [c] 'd'" VALUES (CAST(x'ff00' AS TEXT));
CREATE TABLE rowid (rowid TEXT, _rowid_ TEXT, oid TEXT);
INSERT INTO rowid VALUES ('x', 'y', 'z');
CREATE TABLE strict_one (x ANY) STRICT;
CREATE VIEW v AS SELECT * FROM generated;
CREATE INDEX partial ON users(name) WHERE id > 1;
ANALYZE;
)");

  app_.Sql("CREATE TABLE \"\xff\" (x); INSERT INTO \"\xff\" VALUES (1)");

  const auto made = Create();

  ASSERT_THAT(made, IsOk());
  EXPECT_NE(FindTable(made->contents(), "\\xff"), nullptr);
  EXPECT_NE(FindTable(made->contents(), "sqlite_stat1"), nullptr);
  EXPECT_NE(FindTable(made->contents(), "sqlite_sequence"), nullptr);
  EXPECT_THAT(VerifyBackup(Job(), *made), IsOk());
}

TEST_F(CreateBackupTest, OfADatabaseWithoutTables) {
  app_.Sql("DROP TABLE payments; DROP TABLE users; DROP TABLE log");

  const auto made = Create();

  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(VerifyBackup(Job(), *made), IsOk());
}

TEST_F(CreateBackupTest, AManifestThatCouldNotBeReadAgainIsNoManifest) {
  EXPECT_THAT(Create({.settings = {{"folder", "\xff"}}}), FailsWith(ExitCode::kBackup));

  EXPECT_THAT(FilesIn(folder_.path()), IsEmpty());
}

TEST_F(CreateBackupTest, EncryptedHoldsNoTextOfTheDatabase) {
  UseKey('k');
  app_.Sql("INSERT INTO log VALUES ('a secret nobody else may read')");

  const auto made = Create();

  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(made->file(), ::testing::EndsWith(".sqlite.enc"));
  EXPECT_THAT(made->key_id(), SizeIs(16));
  ASSERT_THAT(FilesIn(folder_.path()), SizeIs(2));
  for (const std::string& name : FilesIn(folder_.path())) {
    EXPECT_THAT(ReadBytes(folder_.File(name)), Not(HasSubstr("a secret nobody")));
  }
  EXPECT_THAT(VerifyBackup(Job(), *made), IsOk());
  EXPECT_THAT(FilesIn(folder_.path()), SizeIs(2)) << "something was left decrypted";
}

TEST_F(CreateBackupTest, AKeyFileThatIsNoneIsAMistakeOfUsage) {
  UseKey('k');
  fs::permissions(key_file_, fs::perms::owner_all);
  WriteBytes(key_file_, "too short");
  EXPECT_THAT(Create(), FailsWith(ExitCode::kUsage));

  key_file_ = folder_.File("none");
  EXPECT_THAT(Create(), FailsWith(ExitCode::kUsage));
  EXPECT_THAT(FilesIn(folder_.path()), IsEmpty());
}

TEST_F(CreateBackupTest, AKeyThatOthersMayReadIsWarnedOf) {
  UseKey('k');
  fs::permissions(key_file_, fs::perms::owner_read | fs::perms::others_read);

  ASSERT_THAT(Create(), IsOk());

  EXPECT_TRUE(WasNoted("warning: others than its owner"));
}

TEST_F(CreateBackupTest, TakesAwayWhatAKilledRunLeft) {
  const auto made = Create();
  ASSERT_THAT(made, IsOk());
  const std::string partial = PartialPath(Job(), folder_.path(), "copy");
  WriteBytes(partial, "plain text of the database");
  WriteBytes(partial + "-wal", "");
  Manifest unverified = *made;
  unverified.set_id("app-0-unverified");
  unverified.set_file("app-0-unverified.sqlite");
  unverified.clear_verified_at();
  WriteBytes(folder_.File("app-0-unverified.sqlite"), "half");
  ASSERT_THAT(WriteManifest(Job(), unverified), IsOk());
  run_id_ = "run2";

  ASSERT_THAT(Create(), IsOk());

  EXPECT_THAT(FilesIn(folder_.path()), ElementsAre(made->id() + ".json", made->id() + ".sqlite"));
  EXPECT_TRUE(WasNoted("leftover"));
}

// SQLite's lock on writing a database with a rollback journal, as others see it.
bool IsReserved(const std::string& path) {
  const db::sqlite::Descriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = 0x40000001;
  range.l_len = 1;
  EXPECT_EQ(fcntl(file.number(), F_OFD_GETLK, &range), 0);
  return range.l_type != F_UNLCK;
}

TEST_F(CreateBackupTest, LetsNoLockGoThatIsHeldOnTheDatabase) {
  BackupJob job = Job();
  job.folder = "";
  // What a killed restore leaves: a second name of the database.
  const std::string second = PartialPath(job, FolderOf(job), "before");
  fs::create_hard_link(app_.path(), second);
  Connection held = app_.Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());

  ASSERT_THAT(CreateBackup(job, {}, held), IsOk());

  EXPECT_FALSE(fs::exists(second));
  EXPECT_TRUE(IsReserved(app_.path()));
}

TEST_F(CreateBackupTest, LeavesAloneWhatIsNotItsOwn) {
  const std::string of_another = folder_.File(".app.00000000.run.copy.partial");
  WriteBytes(of_another, "of a database of this name elsewhere");
  WriteBytes(folder_.File("app-notes.json"), "{}");
  WriteBytes(folder_.File("app-1-by-hand.sqlite"), "mine");

  ASSERT_THAT(Create(), IsOk());

  EXPECT_THAT(FilesIn(folder_.path()), SizeIs(5));
  EXPECT_TRUE(WasNoted("warning")) << "a manifest that is none went unsaid";
}

TEST_F(CreateBackupTest, TwoOfOneSecondHaveTwoNames) {
  const auto first = Create();
  app_.Sql("DELETE FROM log");
  const auto second = Create();

  ASSERT_THAT(second, IsOk());
  EXPECT_NE(first->id(), second->id());
  EXPECT_THAT(VerifyBackup(Job(), *first), IsOk());
  EXPECT_THAT(VerifyBackup(Job(), *second), IsOk());
}

TEST_F(CreateBackupTest, KeepsTheMigrationsOfTheRun) {
  NewBackup wanted;
  wanted.migrations.emplace_back().set_name("first");

  const auto made = Create(wanted);

  ASSERT_THAT(made, IsOk());
  EXPECT_THAT(ReadBytes(ManifestPath(Job(), *made)), HasSubstr("\"name\": \"first\""));
}

}  // namespace
}  // namespace daybook::migrator::backup
