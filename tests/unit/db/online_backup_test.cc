#include "db/sqlite/online_backup.h"

#include <fcntl.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "absl/strings/str_cat.h"

#include "db/sqlite/descriptor.h"
#include "db/sqlite/open_elsewhere.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::db::sqlite {
namespace {

namespace fs = std::filesystem;

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr char kFill[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, text TEXT);"
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
    " INSERT INTO t SELECT i, 'some text of row ' || i FROM n";

// Runs for a database with a rollback journal and for one with a WAL.
class OnlineBackupTest : public ::testing::TestWithParam<const char*> {
 protected:
  OnlineBackupTest() {
    Connection made = Connection::Open(path_, OpenMode::kCreate).value();
    EXPECT_THAT(made.Execute(absl::StrCat("PRAGMA journal_mode = ", GetParam())), IsOk());
    EXPECT_THAT(made.Execute(kFill), IsOk());
  }

  Connection Open() const { return Connection::Open(path_, OpenMode::kForeign).value(); }

  static int64_t Rows(const std::string& path) {
    Connection copy = Connection::Open(path, OpenMode::kImmutable).value();
    return copy.QueryInteger("SELECT count(*) FROM t").value();
  }

  // Whether some process, this one included, holds SQLite's lock on writing a
  // database with a rollback journal.
  bool IsReserved() const {
    const Descriptor file(open(path_.c_str(), O_RDWR | O_CLOEXEC));
    struct flock range {};
    range.l_type = F_WRLCK;
    range.l_whence = SEEK_SET;
    range.l_start = 0x40000001;
    range.l_len = 1;
    EXPECT_EQ(fcntl(file.number(), F_OFD_GETLK, &range), 0);
    return range.l_type != F_UNLCK;
  }

  testing::TempFolder folder_;
  const std::string path_ = folder_.File("app.db");
  const std::string copy_ = folder_.File("copy.db");
};

INSTANTIATE_TEST_SUITE_P(Journal, OnlineBackupTest, ::testing::Values("DELETE", "WAL"),
                         [](const auto& journal) { return std::string(journal.param); });

TEST_P(OnlineBackupTest, CopiesWhatIsLockedAgainstWriters) {
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());

  ASSERT_THAT(BackUpOnline(held, copy_), IsOk());

  EXPECT_EQ(Rows(copy_), 20'000);
  EXPECT_THAT(held.Execute("DELETE FROM t; COMMIT"), IsOk());
}

TEST_P(OnlineBackupTest, LeavesTheLockWhereItWas) {
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());

  ASSERT_THAT(BackUpOnline(held, copy_), IsOk());

  Connection other = Open();
  ASSERT_THAT(other.Execute("PRAGMA busy_timeout = 0"), IsOk());
  EXPECT_THAT(other.Execute("INSERT INTO t VALUES (99999, '')"),
              HasCode(absl::StatusCode::kUnavailable));
  // Other connections of one process know of each other without the system.
  EXPECT_EQ(IsReserved(), absl::string_view(GetParam()) == "DELETE");
}

TEST_P(OnlineBackupTest, TheCopyIsOnePlainFileForItsOwnerOnly) {
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());

  ASSERT_THAT(BackUpOnline(held, copy_), IsOk());

  for (const char* suffix : {"-wal", "-shm", "-journal"}) {
    EXPECT_FALSE(fs::exists(copy_ + suffix)) << suffix;
  }
  struct stat status {};
  ASSERT_EQ(stat(copy_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  Connection copy = Connection::Open(copy_, OpenMode::kReadOnly).value();
  Statement mode = copy.Prepare("PRAGMA journal_mode").value();
  ASSERT_TRUE(mode.Step().value());
  EXPECT_EQ(mode.Text(0), "delete");
}

TEST_P(OnlineBackupTest, ASnapshotIsCopiedWhileOthersWrite) {
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN"), IsOk());
  ASSERT_EQ(held.QueryInteger("SELECT count(*) FROM t").value(), 20'000);
  Connection other = Open();
  ASSERT_THAT(other.Execute("PRAGMA busy_timeout = 0"), IsOk());
  const absl::Status written = other.Execute("DELETE FROM t");
  EXPECT_EQ(written.ok(), absl::string_view(GetParam()) == "WAL") << written;

  ASSERT_THAT(BackUpOnline(held, copy_), IsOk());

  EXPECT_EQ(Rows(copy_), 20'000);
}

TEST_P(OnlineBackupTest, WhatTheTransactionWroteIsNotInTheCopy) {
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE; DELETE FROM t"), IsOk());

  ASSERT_THAT(BackUpOnline(held, copy_), IsOk());

  EXPECT_EQ(Rows(copy_), 20'000);
}

TEST_P(OnlineBackupTest, TellsHowFarItIs) {
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());
  std::vector<uint64_t> done;
  uint64_t all = 0;

  ASSERT_THAT(BackUpOnline(held, copy_,
                           {.progress =
                                [&](uint64_t so_far, uint64_t pages) {
                                  done.push_back(so_far);
                                  all = pages;
                                }}),
              IsOk());

  EXPECT_EQ(done.back(), all);
  EXPECT_EQ(all * 4'096, fs::file_size(copy_));
}

TEST_P(OnlineBackupTest, StopsWhenAskedAndLeavesNothing) {
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());
  const std::atomic<bool> stop = true;

  EXPECT_THAT(BackUpOnline(held, copy_, {.stop = &stop}), HasCode(absl::StatusCode::kCancelled));

  EXPECT_FALSE(fs::exists(copy_));
  EXPECT_THAT(held.Execute("DELETE FROM t; COMMIT"), IsOk());
}

TEST_P(OnlineBackupTest, WithoutATransactionThereIsNothingToCopy) {
  Connection loose = Open();

  EXPECT_THAT(BackUpOnline(loose, copy_), HasCode(absl::StatusCode::kFailedPrecondition));

  EXPECT_FALSE(fs::exists(copy_));
}

TEST_P(OnlineBackupTest, OverwritesNothing) {
  std::ofstream(copy_) << "mine";
  Connection held = Open();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());

  EXPECT_FALSE(BackUpOnline(held, copy_).ok());

  std::ifstream file(copy_);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "mine");
}

TEST_P(OnlineBackupTest, ADatabaseWithoutTablesHasACopyToo) {
  const std::string path = folder_.File("empty.db");
  Connection held = Connection::Open(path, OpenMode::kCreate).value();
  ASSERT_THAT(held.Execute("BEGIN IMMEDIATE"), IsOk());

  ASSERT_THAT(BackUpOnline(held, copy_), IsOk());

  Connection copy = Connection::Open(copy_, OpenMode::kImmutable).value();
  EXPECT_EQ(copy.QueryInteger("SELECT count(*) FROM sqlite_schema").value(), 0);
}

TEST(OpenElsewhereTest, TellsWhetherAnybodyHasTheFileOpen) {
  const testing::TempFolder folder;
  const std::string path = folder.File("app.db");
  {
    const Connection open = Connection::Open(path, OpenMode::kCreate).value();
    if (!IsOpen(path)) GTEST_SKIP() << "THE FILE SYSTEM DOES NOT TELL WHO HAS A FILE OPEN";
    EXPECT_EQ(IsOpen(path), true);
  }
  EXPECT_EQ(IsOpen(path), false);
  EXPECT_EQ(IsOpen(folder.File("none")), std::nullopt);
}

}  // namespace
}  // namespace daybook::db::sqlite
