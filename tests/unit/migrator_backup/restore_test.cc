#include "migrator/backup/restore.h"

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "absl/strings/ascii.h"

#include "db/sqlite/durable_file.h"
#include "db/sqlite/open_elsewhere.h"
#include "migrator/backup/catalog.h"
#include "migrator/backup/live_database.h"
#include "migrator/backup/locks.h"
#include "migrator/backup/placement.h"
#include "migrator/backup/verify.h"
#include "migrator/sqlite/schema_model.h"
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
using ::daybook::testing::FlipBit;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::ReadBytes;
using ::daybook::testing::SmallDisk;
using ::daybook::testing::WriteBytes;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

class RestoreTest : public BackupCase, public ::testing::WithParamInterface<const char*> {
 protected:
  RestoreTest() : BackupCase(GetParam()), original_(app_.Read()) {}

  // Rows and schema that the backup does not have.
  void ChangeAll() {
    app_.Sql(
        "DELETE FROM payments WHERE id > 100; UPDATE users SET name = 'x';"
        "CREATE TABLE later (x); INSERT INTO later VALUES (1)");
    changed_ = app_.Read();
  }

  std::string SchemaDigest() {
    Connection database = app_.Open();
    return sqlite::SchemaModel::Read(database).value().Digest();
  }

  absl::StatusOr<Restored> Restore(const Manifest& backup, const RestoreOptions& options = {}) {
    run_id_ = "restore1";
    return RestoreBackup(Job(), backup, options);
  }

  // A refused restore has changed nothing, and leaves nothing.
  void ExpectUntouched() {
    EXPECT_EQ(app_.Read(), changed_);
    EXPECT_EQ(app_.Text("PRAGMA journal_mode"), absl::AsciiStrToLower(GetParam()));
    EXPECT_THAT(FilesIn(app_.folder().path()), Not(Contains(HasSubstr("partial"))));
    EXPECT_THAT(FilesIn(folder_.path()), Not(Contains(HasSubstr("partial"))));
  }

  bool KernelTells() const {
    const std::string path = keys_.File("probe");
    WriteBytes(path, "x");
    return db::sqlite::IsOpen(path).has_value();
  }

  daybook::testing::Contents original_;
  daybook::testing::Contents changed_;
};

INSTANTIATE_TEST_SUITE_P(Journal, RestoreTest, ::testing::Values("DELETE", "WAL"),
                         [](const auto& journal) { return std::string(journal.param); });

TEST_P(RestoreTest, BringsBackWhatWasThere) {
  const Manifest backup = Create().value();
  ChangeAll();

  const auto restored = Restore(backup);

  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(app_.Read(), original_);
  EXPECT_EQ(app_.Text("PRAGMA integrity_check"), "ok");
  EXPECT_EQ(app_.Text("PRAGMA journal_mode"), absl::AsciiStrToLower(GetParam()));
  EXPECT_THAT(FilesIn(app_.folder().path()), Not(Contains(HasSubstr("partial"))));
  EXPECT_THAT(VerifyBackup(Job(), backup), IsOk()) << "the backup itself must stay";
}

TEST_P(RestoreTest, KeepsWhatWasThereBefore) {
  const Manifest backup = Create().value();
  ChangeAll();

  const auto restored = Restore(backup, {.current = {.version = 3}});

  ASSERT_THAT(restored, IsOk());
  const Manifest previous = FindBackup(Job(), restored->previous_backup).value();
  EXPECT_EQ(previous.why(), "pre-restore");
  EXPECT_EQ(previous.schema_version(), 3);
  ASSERT_THAT(Restore(previous), IsOk());
  EXPECT_EQ(app_.Read(), changed_);
}

TEST_P(RestoreTest, OfABackupBesideTheDatabase) {
  UseKey('k');
  run_id_ = "run1";
  BackupJob job = Job();
  job.folder = "";
  const Manifest backup = Create(job).value();
  ChangeAll();
  job.run_id = "restore1";

  ASSERT_THAT(RestoreBackup(job, backup, {}), IsOk());

  EXPECT_EQ(app_.Read(), original_);
}

TEST_P(RestoreTest, OfAnEncryptedBackup) {
  UseKey('k');
  const Manifest backup = Create().value();
  ChangeAll();

  ASSERT_THAT(Restore(backup), IsOk());

  EXPECT_EQ(app_.Read(), original_);
}

TEST_P(RestoreTest, KeepsOwnerAndPermissions) {
  const Manifest backup = Create().value();
  ASSERT_EQ(chmod(app_.path().c_str(), 0664), 0);
  const bool is_root = geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(chown(app_.path().c_str(), 1234, 4321), 0);
  }

  ASSERT_THAT(Restore(backup), IsOk());

  struct stat status {};
  ASSERT_EQ(stat(app_.path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0664U);
  if (is_root) {
    EXPECT_EQ(status.st_uid, 1234U);
    EXPECT_EQ(status.st_gid, 4321U);
  }
}

TEST_P(RestoreTest, ReplacesTheFileThatALinkLeadsTo) {
  const std::string link = keys_.File("link.db");
  fs::create_symlink(app_.path(), link);
  const Manifest backup = Create().value();
  ChangeAll();
  BackupJob job = Job();
  job.database = link;

  ASSERT_THAT(RestoreBackup(job, backup, {}), IsOk());

  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(app_.Read(), original_);
}

TEST_P(RestoreTest, PutsADatabaseWhereNoneIs) {
  const Manifest backup = Create().value();
  fs::remove(app_.path());

  const auto restored = Restore(backup);

  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(restored->previous_backup, "");
  EXPECT_EQ(app_.Read(), original_);
}

TEST_P(RestoreTest, OldJournalsAreNotReplayedIntoTheNewFile) {
  const Manifest backup = Create().value();
  // What an application leaves that was killed while it used a WAL.
  app_.Sql("PRAGMA journal_mode = WAL");
  {
    const Connection keeps_wal = app_.Open();
    app_.Sql("UPDATE payments SET amount = -1");
    for (const char* end : {"", "-wal"}) {
      fs::copy_file(app_.path() + end, keys_.File(std::string("killed") + end));
    }
  }
  for (const char* end : {"", "-wal"}) {
    fs::copy_file(keys_.File(std::string("killed") + end), app_.path() + end,
                  fs::copy_options::overwrite_existing);
  }
  ASSERT_GT(fs::file_size(app_.path() + "-wal"), 0U);

  const auto restored = Restore(backup);

  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(app_.Read(), original_);
  const Manifest previous = FindBackup(Job(), restored->previous_backup).value();
  Connection copy = Connection::Open(PathOf(previous), OpenMode::kImmutable).value();
  EXPECT_EQ(copy.QueryInteger("SELECT sum(amount) FROM payments").value(), -3'000)
      << "what was in the WAL alone is lost";
}

TEST_P(RestoreTest, ADamagedBackupTouchesNothing) {
  const Manifest backup = Create().value();
  const std::string bytes = ReadBytes(PathOf(backup));
  ChangeAll();
  const auto expect_refused = [&] {
    EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kRestore));
    ExpectUntouched();
  };

  WriteBytes(PathOf(backup), "");
  expect_refused();
  WriteBytes(PathOf(backup), bytes.substr(0, bytes.size() / 2));
  expect_refused();
  WriteBytes(PathOf(backup), bytes);
  FlipBit(PathOf(backup), 75);
  expect_refused();
  fs::remove(PathOf(backup));
  expect_refused();
}

TEST_P(RestoreTest, AWrongKeyTouchesNothing) {
  UseKey('k');
  const Manifest backup = Create().value();
  ChangeAll();

  UseKey('x');
  EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kRestore));
  ExpectUntouched();
  key_file_ = "";
  EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kRestore));
  ExpectUntouched();
  key_file_ = keys_.File("none");
  EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kUsage));
  ExpectUntouched();
}

TEST_P(RestoreTest, AnotherDatabasesBackupIsRefusedUnlessItIsMeant) {
  const Manifest backup = Create().value();
  ChangeAll();
  Manifest of_another = backup;
  of_another.set_database("/elsewhere/app.db");

  EXPECT_THAT(Restore(of_another), FailsWith(ExitCode::kRestore));
  ExpectUntouched();

  EXPECT_THAT(Restore(of_another, {.from_another_database = true}), IsOk());
  EXPECT_EQ(app_.Read(), original_);
}

TEST_P(RestoreTest, ABackupOfAnotherSchemaIsRefused) {
  const Manifest backup = Create().value();
  const std::string original = SchemaDigest();
  ChangeAll();

  EXPECT_THAT(Restore(backup, {.schema_digest = SchemaDigest()}), FailsWith(ExitCode::kRestore));
  ExpectUntouched();

  EXPECT_THAT(Restore(backup, {.schema_digest = original}), IsOk());
}

TEST_P(RestoreTest, WaitsForNoOtherMigratorAndNoService) {
  const Manifest backup = Create().value();
  ChangeAll();
  {
    const auto lock = LockForMigrating(app_.path());
    EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kLockHeld));
  }
  {
    const auto lock = LockForServing(app_.path());
    EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kServiceLive));
  }
  ExpectUntouched();

  const auto own = LockForMigrating(app_.path());
  EXPECT_THAT(Restore(backup, {.held = &*own}), IsOk());
}

TEST_P(RestoreTest, IsRefusedWhileAnotherConnectionIsOpen) {
  const Manifest backup = Create().value();
  ChangeAll();
  {
    Connection idle = app_.Open();
    ASSERT_THAT(idle.QueryInteger("SELECT count(*) FROM users"), IsOk());
    if (absl::string_view(GetParam()) == "DELETE" && !KernelTells()) {
      GTEST_SKIP() << "THE FILE SYSTEM DOES NOT TELL WHO HAS A FILE OPEN";
    }
    EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kServiceLive));
  }

  ExpectUntouched();
  EXPECT_THAT(Restore(backup), IsOk());
}

TEST_P(RestoreTest, ADamagedDatabaseIsSetAsideOnlyWhereThatIsMeant) {
  const Manifest backup = Create().value();
  const std::string damaged = std::string(8'192, 'x');
  WriteBytes(app_.path(), damaged);
  WriteBytes(app_.path() + "-wal", "its wal");

  EXPECT_THAT(Restore(backup), FailsWith(ExitCode::kRestore));
  EXPECT_EQ(ReadBytes(app_.path()), damaged);
  WriteBytes(app_.path() + "-wal", "its wal");

  const auto restored = Restore(backup, {.set_damaged_aside = true});

  ASSERT_THAT(restored, IsOk());
  EXPECT_EQ(ReadBytes(restored->set_aside), damaged);
  EXPECT_EQ(app_.Read(), original_);
}

TEST_P(RestoreTest, WithoutRoomForThePresentStateTouchesNothing) {
  const Manifest backup = Create().value();
  SmallDisk disk("1m");
  if (!disk.IsThere()) GTEST_SKIP() << "NEEDS ROOT: NO SMALL DISK WAS TRIED";
  fs::copy(folder_.path(), disk.path(), fs::copy_options::recursive);
  app_.Sql("CREATE TABLE big (x); INSERT INTO big VALUES (randomblob(2000000))");
  ChangeAll();
  BackupJob job = Job();
  job.folder = disk.path();

  EXPECT_THAT(RestoreBackup(job, backup, {}), FailsWith(ExitCode::kResources));

  ExpectUntouched();
}

TEST_P(RestoreTest, AStopTouchesNothing) {
  const Manifest backup = Create().value();
  ChangeAll();
  const std::atomic<bool> stop = true;
  BackupJob job = Job();
  job.stop = &stop;

  EXPECT_THAT(RestoreBackup(job, backup, {}), HasCode(absl::StatusCode::kCancelled));

  ExpectUntouched();
}

TEST_P(RestoreTest, WhoReadsOrWritesInBetweenIsSeen) {
  LiveDatabase live = LiveDatabase::Hold(app_.path()).value();
  Connection other = app_.Open();
  ASSERT_THAT(other.Execute("PRAGMA busy_timeout = 0"), IsOk());
  EXPECT_THAT(other.Execute("DELETE FROM log"), HasCode(absl::StatusCode::kUnavailable));
  ASSERT_THAT(other.Execute("BEGIN; SELECT * FROM users"), IsOk());
  EXPECT_THAT(live.HoldAlone(), FailsWith(ExitCode::kServiceLive));
  ASSERT_THAT(other.Execute("COMMIT; UPDATE users SET name = 'y'"), IsOk());
  ASSERT_THAT(live.connection().Execute("BEGIN IMMEDIATE"), IsOk());

  EXPECT_THAT(live.HoldAlone(), FailsWith(ExitCode::kServiceLive));
}

TEST_P(RestoreTest, HeldAloneNobodyElseEvenReads) {
  LiveDatabase live = LiveDatabase::Hold(app_.path()).value();
  Connection other = app_.Open();
  ASSERT_THAT(other.Execute("PRAGMA busy_timeout = 0"), IsOk());

  ASSERT_THAT(live.HoldAlone(), IsOk());

  EXPECT_THAT(other.QueryInteger("SELECT count(*) FROM users"),
              HasCode(absl::StatusCode::kUnavailable));
}

TEST(PlacementTest, CanBeTakenBackUntilItIsConfirmed) {
  const testing::TempFolder folder;
  const std::string path = folder.File("app.db");
  WriteBytes(path, "old");
  WriteBytes(path + "-wal", "old wal");
  for (const bool confirmed : {false, true}) {
    ScratchFile file = ScratchFile::Create(folder.File("new")).value();
    ASSERT_THAT(file.Append("new"), IsOk());
    ASSERT_THAT(file.Finish(), IsOk());

    Placement placement = Placement::Put(file, path, folder.File("kept")).value();
    EXPECT_EQ(ReadBytes(path), "new");
    EXPECT_FALSE(fs::exists(path + "-wal"));
    ASSERT_THAT(confirmed ? placement.Confirm() : placement.TakeBack(), IsOk());

    EXPECT_EQ(ReadBytes(path), confirmed ? "new" : "old");
    EXPECT_THAT(FilesIn(folder.path()), ::testing::ElementsAre("app.db"));
  }
}

TEST(PlacementTest, ThatFailsLeavesTheOldOne) {
  const testing::TempFolder folder;
  const std::string path = folder.File("app.db");
  WriteBytes(path, "old");
  ScratchFile gone = ScratchFile::Expect(folder.File("none"));

  EXPECT_FALSE(Placement::Put(gone, path, folder.File("kept")).ok());

  EXPECT_EQ(ReadBytes(path), "old");
  EXPECT_THAT(FilesIn(folder.path()), ::testing::ElementsAre("app.db"));
}

}  // namespace
}  // namespace daybook::migrator::backup
