#include "migrator/backup/verify.h"

#include <filesystem>
#include <string>

#include <gmock/gmock.h>

#include "migrator/backup/check.h"
#include "migrator/backup/create.h"
#include "migrator/backup/drill.h"
#include "support/backup_case.h"

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
using ::daybook::testing::WriteBytes;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class VerifyBackupTest : public BackupCase {
 protected:
  VerifyBackupTest() : BackupCase("WAL"), made_(Create().value()), path_(PathOf(made_)) {}

  absl::Status Verify() { return VerifyBackup(Job(), made_); }

  // What is left where nobody looks at hashes.
  absl::Status CheckRows() { return CheckDatabase(Job(), path_, made_.contents()); }

  const Manifest made_;
  const std::string path_;
};

TEST_F(VerifyBackupTest, AcceptsWhatItWas) {
  EXPECT_THAT(Verify(), IsOk());
  EXPECT_THAT(CheckRows(), IsOk());
}

TEST_F(VerifyBackupTest, AnEmptyFileIsRefused) {
  WriteBytes(path_, "");

  EXPECT_THAT(Verify(), FailsWith(ExitCode::kBackup));
  EXPECT_THAT(CheckRows(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(VerifyBackupTest, AFileCutOffIsRefused) {
  fs::resize_file(path_, fs::file_size(path_) / 2);

  EXPECT_THAT(Verify(), FailsWith(ExitCode::kBackup));
  EXPECT_THAT(CheckRows(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(VerifyBackupTest, AFlippedBitIsRefused) {
  const std::string bytes = ReadBytes(path_);
  // Within the name of a user: SQLite itself finds nothing wrong with it.
  FlipBit(path_, bytes.find("bob"));

  EXPECT_THAT(Verify(), FailsWith(ExitCode::kBackup));
  EXPECT_THAT(CheckRows(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(VerifyBackupTest, AFlippedBitThatNoRowShowsIsRefusedByItsHash) {
  // The reserved part of the header.
  FlipBit(path_, 75);
  ASSERT_THAT(CheckRows(), IsOk());

  EXPECT_THAT(Verify(), FailsWith(ExitCode::kBackup));
}

TEST_F(VerifyBackupTest, AnotherDatabaseIsRefused) {
  fs::remove(path_);
  Connection other = Connection::Open(path_, OpenMode::kCreate).value();
  ASSERT_THAT(other.Execute("CREATE TABLE other (x)"), IsOk());

  EXPECT_THAT(Verify(), FailsWith(ExitCode::kBackup));
  EXPECT_THAT(CheckRows(), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(VerifyBackupTest, TheDatabaseAfterTheMigrationIsRefused) {
  app_.Sql("CREATE INDEX late ON log (what)");
  const auto after = Create();
  fs::copy_file(PathOf(*after), path_, fs::copy_options::overwrite_existing);

  EXPECT_THAT(Verify(), FailsWith(ExitCode::kBackup));
  EXPECT_THAT(CheckRows(), HasCode(absl::StatusCode::kDataLoss)) << "all rows are the same";
}

TEST_F(VerifyBackupTest, ACopyWithoutItsWalIsRefused) {
  const Connection keeps_wal = app_.Open();
  app_.Sql("INSERT INTO log VALUES ('in the WAL alone')");
  const Manifest made = Create().value();
  fs::copy_file(app_.path(), PathOf(made), fs::copy_options::overwrite_existing);

  EXPECT_THAT(VerifyBackup(Job(), made), FailsWith(ExitCode::kBackup));
  EXPECT_THAT(CheckDatabase(Job(), PathOf(made), made.contents()),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(VerifyBackupTest, AMissingRowIsRefusedThoughHashAndSizeWereMadeToFit) {
  {
    Connection database = Connection::Open(path_, OpenMode::kForeign).value();
    ASSERT_THAT(database.Execute("DELETE FROM payments WHERE id = 7"), IsOk());
  }
  Manifest forged = made_;
  forged.set_bytes(fs::file_size(path_));
  forged.set_file_sha256(HashOfFile(Job(), path_).value());
  forged.set_database_sha256(forged.file_sha256());

  const absl::Status refused = VerifyBackup(Job(), forged);

  EXPECT_THAT(refused, FailsWith(ExitCode::kBackup));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("payments has 2999 rows"));
}

TEST_F(VerifyBackupTest, ADamagedIndexIsRefused) {
  Connection database = Connection::Open(path_, OpenMode::kForeign).value();
  // The index is made to look for other rows than it was built over.
  ASSERT_THAT(database.Execute("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql ="
                               " 'CREATE INDEX payments_user ON payments(amount)'"
                               " WHERE name = 'payments_user'"),
              IsOk());
  Contents contents = made_.contents();
  Connection changed = Connection::Open(path_, OpenMode::kImmutable).value();
  contents = ReadContents(changed).value();

  EXPECT_THAT(CheckDatabase(Job(), path_, contents), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(VerifyBackupTest, AFileThatIsGoneIsRefused) {
  fs::remove(path_);

  EXPECT_THAT(Verify(), FailsWith(ExitCode::kBackup));
}

TEST_F(VerifyBackupTest, WhatWasNeverVerifiedIsRefused) {
  Manifest unverified = made_;
  unverified.clear_verified_at();

  EXPECT_THAT(VerifyBackup(Job(), unverified), FailsWith(ExitCode::kBackup));
}

TEST_F(VerifyBackupTest, OfAnEncryptedOneTheKeyIsNeeded) {
  UseKey('k');
  const Manifest made = Create().value();
  ASSERT_THAT(VerifyBackup(Job(), made), IsOk());

  UseKey('x');
  EXPECT_THAT(VerifyBackup(Job(), made), FailsWith(ExitCode::kBackup));
  key_file_ = "";
  EXPECT_THAT(VerifyBackup(Job(), made), FailsWith(ExitCode::kBackup));
}

TEST_F(VerifyBackupTest, AnEncryptedOneThatWasExchangedIsRefused) {
  UseKey('k');
  const Manifest made = Create().value();
  app_.Sql("DELETE FROM log");
  const Manifest other = Create().value();
  fs::copy_file(PathOf(other), PathOf(made), fs::copy_options::overwrite_existing);
  Manifest forged = made;
  forged.set_bytes(other.bytes());
  forged.set_file_sha256(other.file_sha256());

  EXPECT_THAT(VerifyBackup(Job(), made), FailsWith(ExitCode::kBackup));
  EXPECT_THAT(VerifyBackup(Job(), forged), FailsWith(ExitCode::kBackup));
}

TEST_F(VerifyBackupTest, ReadingABackupChangesNothing) {
  const std::string before = ReadBytes(path_);

  ASSERT_THAT(Verify(), IsOk());

  EXPECT_EQ(ReadBytes(path_), before);
  EXPECT_THAT(FilesIn(folder_.path()), SizeIs(2));
}

TEST_F(VerifyBackupTest, ADrillNotesHowLongARestoreTakes) {
  for (const bool encrypted : {false, true}) {
    if (encrypted) UseKey('k');
    Manifest made = Create().value();

    ASSERT_THAT(RehearseRestore(Job(), made), IsOk());

    const Manifest noted = ReadManifest(ManifestPath(Job(), made)).value();
    EXPECT_TRUE(noted.drill().has_at());
    EXPECT_GE(noted.drill().duration_us(), 0);
    EXPECT_EQ(noted.attempts(), made.attempts());
  }
  EXPECT_THAT(FilesIn(folder_.path()), SizeIs(4)) << "a drill left something";
}

TEST_F(VerifyBackupTest, ADrillOfADamagedBackupFails) {
  FlipBit(path_, 75);
  Manifest made = made_;

  EXPECT_THAT(RehearseRestore(Job(), made), FailsWith(ExitCode::kBackup));

  EXPECT_FALSE(ReadManifest(ManifestPath(Job(), made_)).value().has_drill());
}

}  // namespace
}  // namespace daybook::migrator::backup
