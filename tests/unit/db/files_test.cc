#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/file_lock.h"
#include "db/sqlite/store_layout.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::db::sqlite {
namespace {

namespace fs = std::filesystem;

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::EndsWith;

class FilesTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.File(name)) << text;
    return folder_.File(name);
  }
  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  testing::TempFolder folder_;
};

using FileLockTest = FilesTest;
using DurableFileTest = FilesTest;
using StoreLayoutTest = FilesTest;

TEST_F(DurableFileTest, ReadsAllOfAFileAndNothingWhereThereIsNone) {
  const std::string text("one\0two\n", 8);

  EXPECT_EQ(*ReadIfThere(Write("small", text)), text);
  EXPECT_EQ(*ReadIfThere(Write("empty", "")), "");
  EXPECT_EQ(*ReadIfThere(folder_.File("none")), std::nullopt);
  EXPECT_FALSE(ReadIfThere(folder_.path()).ok());
}

TEST_F(DurableFileTest, AFolderBesideAnotherHasItsNameAndMore) {
  EXPECT_EQ(Beside("store", ".signer"), "store.signer");
  EXPECT_EQ(Beside("/var/store//", ".signer"), "/var/store.signer");
  EXPECT_EQ(Beside("/", ".signer"), "/.signer");
}

TEST_F(FileLockTest, OfTheFirstByteKeepsOutThoseOfTheWholeFile) {
  using Mode = FileLock::Mode;
  using Range = FileLock::Range;
  const std::string path = folder_.File("lock");
  const auto held = FileLock::Acquire(path, Mode::kExclusive, Range::kFirstByte);
  ASSERT_THAT(held, IsOk());

  EXPECT_THAT(FileLock::Acquire(path), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(FileLock::Acquire(path, Mode::kExclusive, Range::kFirstByte),
              HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(FileLockTest, OfTheFirstByteLetsSqliteUseTheFile) {
  const std::string path = folder_.File("app.db");
  const auto held =
      FileLock::Acquire(path, FileLock::Mode::kExclusive, FileLock::Range::kFirstByte);
  ASSERT_THAT(held, IsOk());

  auto database = Connection::Open(path, OpenMode::kForeign);

  ASSERT_THAT(database, IsOk());
  EXPECT_THAT(database->Execute("CREATE TABLE t (x); INSERT INTO t VALUES (1)"), IsOk());
}

TEST_F(FileLockTest, ExcludesOthersOfTheSameProcess) {
  const auto held = FileLock::Acquire(folder_.File("lock"));
  ASSERT_THAT(held, IsOk());

  EXPECT_THAT(FileLock::Acquire(folder_.File("lock")), HasCode(absl::StatusCode::kUnavailable));
  EXPECT_THAT(FileLock::Acquire(folder_.File("other")), IsOk());
}

TEST_F(FileLockTest, IsFreeOnceTheObjectIsGone) {
  { const auto held = FileLock::Acquire(folder_.File("lock")); }

  EXPECT_THAT(FileLock::Acquire(folder_.File("lock")), IsOk());
}

TEST_F(FileLockTest, MovesWithTheObject) {
  FileLock held = FileLock::Acquire(folder_.File("lock")).value();
  {
    const FileLock moved = std::move(held);
    EXPECT_THAT(FileLock::Acquire(folder_.File("lock")), HasCode(absl::StatusCode::kUnavailable));
  }

  EXPECT_THAT(FileLock::Acquire(folder_.File("lock")), IsOk());
}

TEST_F(FileLockTest, SaysWhereThereIsNoFolder) {
  EXPECT_THAT(FileLock::Acquire(folder_.File("none/lock")), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(FileLockTest, WhetherItIsHeldIsToldWithoutTakingIt) {
  const std::string path = folder_.File("lock");
  EXPECT_FALSE(FileLock::IsHeld(path).value());
  EXPECT_FALSE(fs::exists(path));

  for (const auto mode : {FileLock::Mode::kExclusive, FileLock::Mode::kShared}) {
    const auto lock = FileLock::Acquire(path, mode);
    ASSERT_THAT(lock, IsOk());
    EXPECT_TRUE(FileLock::IsHeld(path).value());
  }

  EXPECT_FALSE(FileLock::IsHeld(path).value());
  EXPECT_THAT(FileLock::Acquire(path), IsOk());
}

TEST_F(DurableFileTest, WritingReplacesWhatIsThere) {
  const std::string path = Write("file", "something longer");

  ASSERT_THAT(WriteDurably("new", path), IsOk());

  EXPECT_EQ(Read(path), "new");
  EXPECT_FALSE(fs::exists(path + ".new"));
}

TEST_F(DurableFileTest, WritingWhereThereIsNoFolderLeavesNothing) {
  EXPECT_THAT(WriteDurably("new", folder_.File("none/file")),
              HasCode(absl::StatusCode::kUnavailable));

  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

TEST_F(DurableFileTest, CopyMakesAWholeCopy) {
  const std::string from = Write("from", "content");

  ASSERT_THAT(CopyDurably(from, folder_.File("to")), IsOk());

  EXPECT_EQ(Read(folder_.File("to")), "content");
  EXPECT_EQ(Read(from), "content");
  EXPECT_FALSE(fs::exists(folder_.File("to.new")));
}

TEST_F(DurableFileTest, CopyTakesTheJournalsOfAnEarlierFileAway) {
  const std::string from = Write("from", "content");
  Write("to-wal", "old");
  Write("to-shm", "old");
  Write("to-journal", "old");

  ASSERT_THAT(CopyDurably(from, folder_.File("to")), IsOk());

  for (const char* journal : {"to-wal", "to-shm", "to-journal"}) {
    EXPECT_FALSE(fs::exists(folder_.File(journal))) << journal;
  }
}

TEST_F(DurableFileTest, CopyOverwritesWhatACrashLeft) {
  const std::string from = Write("from", "content");
  Write("to.new", "half of an earlier and longer content");

  ASSERT_THAT(CopyDurably(from, folder_.File("to")), IsOk());

  EXPECT_EQ(Read(folder_.File("to")), "content");
}

TEST_F(DurableFileTest, ACopyThatFailsLeavesNothing) {
  const std::string from = Write("from", "content");
  fs::create_directories(folder_.File("to/in_the_way"));

  EXPECT_FALSE(CopyDurably(from, folder_.File("to")).ok());
  EXPECT_FALSE(CopyDurably(folder_.File("none"), folder_.File("to2")).ok());

  EXPECT_FALSE(fs::exists(folder_.File("to.new")));
  EXPECT_FALSE(fs::exists(folder_.File("to2")));
  EXPECT_FALSE(fs::exists(folder_.File("to2.new")));
}

TEST_F(DurableFileTest, MoveReplacesTheName) {
  const std::string from = Write("from", "content");

  ASSERT_THAT(MoveDurably(from, folder_.File("to")), IsOk());

  EXPECT_FALSE(fs::exists(from));
  EXPECT_EQ(Read(folder_.File("to")), "content");
}

TEST_F(DurableFileTest, ExchangeGivesEachTheOthersName) {
  const std::string one = Write("one", "1");
  const std::string other = Write("other", "2");

  ASSERT_THAT(ExchangeDurably(one, other), IsOk());

  EXPECT_EQ(Read(one), "2");
  EXPECT_EQ(Read(other), "1");
}

TEST_F(DurableFileTest, ExchangeWithWhatIsNotThereLeavesTheOther) {
  const std::string one = Write("one", "1");

  EXPECT_FALSE(ExchangeDurably(one, folder_.File("none")).ok());

  EXPECT_EQ(Read(one), "1");
}

// What makes an exchange safe from programs that opened the file just before it.
TEST_F(DurableFileTest, AfterAnExchangeSqliteWritesTheOldFileNoMore) {
  const std::string old_path = folder_.File("old.db");
  const std::string new_path = folder_.File("new.db");
  for (const std::string& path : {old_path, new_path}) {
    auto made = Connection::Open(path, OpenMode::kCreate);
    ASSERT_THAT(made, IsOk());
    ASSERT_THAT(made->Execute("PRAGMA journal_mode = DELETE; CREATE TABLE t (x)"), IsOk());
  }
  Connection late = Connection::Open(old_path, OpenMode::kForeign).value();
  ASSERT_THAT(late.QueryInteger("SELECT count(*) FROM t"), IsOk());

  ASSERT_THAT(ExchangeDurably(new_path, old_path), IsOk());

  EXPECT_THAT(late.Execute("INSERT INTO t VALUES (1)"),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(fs::exists(old_path + "-journal"));
  EXPECT_FALSE(late.Execute("PRAGMA journal_mode = WAL; INSERT INTO t VALUES (1)").ok());
  EXPECT_FALSE(fs::exists(old_path + "-wal"));
}

TEST_F(DurableFileTest, RemoveTakesTheJournalsToo) {
  Write("a.db-wal", "x");
  Write("a.db-shm", "x");
  const std::string path = Write("a.db", "x");

  ASSERT_THAT(RemoveDatabase(path), IsOk());

  EXPECT_TRUE(fs::is_empty(folder_.path()));
  EXPECT_THAT(RemoveDatabase(path), IsOk()) << "nothing is there to remove";
}

TEST_F(StoreLayoutTest, SegmentsAreNumberedInSixDigits) {
  const StoreLayout layout("/store");

  EXPECT_EQ(layout.Segment(7), "/store/segments/000007.db");
  EXPECT_EQ(layout.Segment(1'234'567), "/store/segments/1234567.db");
  EXPECT_THAT(layout.LedgerDb(), EndsWith("/ledger.db"));
}

TEST_F(StoreLayoutTest, ListsSegmentsByNumberAndNothingElse) {
  const StoreLayout layout(folder_.path());
  fs::create_directories(layout.SegmentsFolder());
  for (const char* name :
       {"segments/000010.db", "segments/000002.db", "segments/1000000.db", "segments/template.db",
        "segments/000003.db-wal", "segments/000004.db.new", "segments/notes.txt", "segments/5.db",
        "segments/0000006.db"}) {
    Write(name, "");
  }

  EXPECT_THAT(layout.SegmentNumbers().value(), ElementsAre(2, 10, 1'000'000));
}

TEST_F(StoreLayoutTest, SaysWhereThereIsNoStore) {
  EXPECT_FALSE(StoreLayout(folder_.File("none")).SegmentNumbers().ok());
  EXPECT_FALSE(StoreLayout(folder_.File("none")).SizeInBytes().ok());
}

TEST_F(StoreLayoutTest, AddsUpTheSizeOfAllFiles) {
  const StoreLayout layout(folder_.path());
  fs::create_directories(layout.SegmentsFolder());
  Write("ledger.db", std::string(10, 'x'));
  Write("segments/000000.db", std::string(100, 'x'));

  EXPECT_EQ(layout.SizeInBytes().value(), 110U);
}

}  // namespace
}  // namespace daybook::db::sqlite
