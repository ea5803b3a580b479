#include "migrator/backup/catalog.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "migrator/backup/names.h"
#include "migrator/backup/prune.h"
#include "support/backup_case.h"

namespace daybook::migrator::backup {
namespace {

namespace fs = std::filesystem;

using ::daybook::migration::ExitCode;
using ::daybook::testing::BackupCase;
using ::daybook::testing::FailsWith;
using ::daybook::testing::FilesIn;
using ::daybook::testing::FlipBit;
using ::daybook::testing::IsOk;
using ::daybook::testing::WriteBytes;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

class CatalogTest : public BackupCase {
 protected:
  // A backup of what is there, which is not what was there.
  std::string MakeOne(absl::Duration ago = absl::ZeroDuration()) {
    app_.Sql("INSERT INTO log VALUES ('again')");
    const absl::Time now = clock_.Now();
    clock_.Set(now - ago);
    const auto made = Create();
    clock_.Set(now);
    EXPECT_THAT(made, IsOk());
    return made->id();
  }

  std::vector<std::string> Ids() {
    std::vector<std::string> ids;
    const Catalog catalog = ListBackups(Job()).value();
    for (const Manifest& manifest : catalog.backups) ids.push_back(manifest.id());
    return ids;
  }

  std::string PathOfId(const std::string& id) { return folder_.File(id + ".sqlite"); }
};

using PruneTest = CatalogTest;

TEST_F(CatalogTest, ListsTheNewestFirst) {
  const std::string oldest = MakeOne(absl::Hours(5));
  const std::string newest = MakeOne(absl::Hours(1));
  const std::string middle = MakeOne(absl::Hours(3));

  EXPECT_THAT(Ids(), ElementsAre(newest, middle, oldest));
}

TEST_F(CatalogTest, KnowsABackupByItsManifestAlone) {
  const std::string made = MakeOne();
  WriteBytes(folder_.File("app-copied-by-hand.sqlite"), "x");
  WriteBytes(folder_.File("app-broken.json"), "{");
  WriteBytes(folder_.File("app-newer.json"), R"({"format": 99, "id": "a", "file": "b"})");
  WriteBytes(folder_.File("app-outside.json"), R"({"format": 1, "id": "a", "file": "../b"})");
  WriteBytes(folder_.File("other.json"), "{");

  EXPECT_THAT(Ids(), ElementsAre(made));
  EXPECT_THAT(ListBackups(Job()).value().unreadable, SizeIs(3));
}

TEST_F(CatalogTest, OfADatabaseOfTheSameNameElsewhereListsNothing) {
  MakeOne();
  const testing::TempFolder elsewhere;
  BackupJob job = Job();
  job.database = elsewhere.File("app.db");

  EXPECT_THAT(ListBackups(job).value().backups, IsEmpty());
  EXPECT_THAT(FindBackup(job, "latest-verified"), FailsWith(ExitCode::kBackup));
}

TEST_F(CatalogTest, AFolderThatIsMissingIsSaid) {
  BackupJob job = Job();
  job.folder = folder_.File("none");

  EXPECT_THAT(ListBackups(job), FailsWith(ExitCode::kResources));
}

TEST_F(CatalogTest, FindsByIdAndByTheNamesOfItsFiles) {
  const std::string made = MakeOne();

  for (const char* end : {"", ".sqlite", ".json", ".sqlite.enc"}) {
    EXPECT_EQ(FindBackup(Job(), made + end).value().id(), made) << end;
  }
}

TEST_F(CatalogTest, ANameThatLeadsElsewhereIsNoBackup) {
  const std::string made = MakeOne();
  for (const std::string& id :
       {std::string(), std::string("none"), "../" + made, "./" + made, folder_.File(made)}) {
    EXPECT_THAT(FindBackup(Job(), id), FailsWith(ExitCode::kBackup)) << id;
  }
}

TEST_F(CatalogTest, TheLatestVerifiedIsOneThatIsThere) {
  const std::string good = MakeOne(absl::Hours(3));
  const std::string cut_off = MakeOne(absl::Hours(2));
  const std::string gone = MakeOne(absl::Hours(1));
  fs::resize_file(PathOfId(cut_off), 100);
  fs::remove(PathOfId(gone));

  EXPECT_EQ(FindBackup(Job(), "latest-verified").value().id(), good);
}

TEST_F(CatalogTest, TheLatestVerifiedIsNoneThatARestoreMade) {
  const std::string good = MakeOne(absl::Hours(3));
  Manifest before_restore = FindBackup(Job(), MakeOne(absl::Hours(1))).value();
  before_restore.set_why(kBeforeRestore);
  ASSERT_THAT(WriteManifest(Job(), before_restore), IsOk());

  EXPECT_EQ(FindBackup(Job(), "latest-verified").value().id(), good);
}

TEST_F(PruneTest, RemovesWhatIsOlderThanItMustBeKept) {
  const std::string old = MakeOne(absl::Hours(31 * 24));
  const std::string young = MakeOne(absl::Hours(29 * 24));

  EXPECT_THAT(PruneBackups(Job(), {}).value(), ElementsAre(old));

  EXPECT_THAT(FilesIn(folder_.path()), ElementsAre(young + ".json", young + ".sqlite"));
}

TEST_F(PruneTest, KeepsTheNewestVerifiedHoweverOld) {
  MakeOne(absl::Hours(90 * 24));
  MakeOne(absl::Hours(60 * 24));
  const std::string newest = MakeOne(absl::Hours(31 * 24));

  EXPECT_THAT(PruneBackups(Job(), {}).value(), SizeIs(2));

  EXPECT_THAT(Ids(), ElementsAre(newest));
}

TEST_F(PruneTest, KeepsWhatTheHistoryNames) {
  const std::string named = MakeOne(absl::Hours(90 * 24));
  const std::string old = MakeOne(absl::Hours(60 * 24));
  const std::string newest = MakeOne(absl::Hours(31 * 24));

  EXPECT_THAT(PruneBackups(Job(), {.referenced = {named}}).value(), ElementsAre(old));

  EXPECT_THAT(Ids(), UnorderedElementsAre(named, newest));
}

TEST_F(PruneTest, ANewestThatIsDamagedDoesNotCount) {
  const std::string good = MakeOne(absl::Hours(60 * 24));
  const std::string damaged = MakeOne(absl::Hours(40 * 24));
  const std::string empty = MakeOne(absl::Hours(35 * 24));
  FlipBit(PathOfId(damaged), 75);
  WriteBytes(PathOfId(empty), "");

  EXPECT_THAT(PruneBackups(Job(), {}).value(), UnorderedElementsAre(damaged, empty));

  EXPECT_THAT(Ids(), ElementsAre(good));
}

TEST_F(PruneTest, RemovesNothingWhereNoneIsWhole) {
  const std::string damaged = MakeOne(absl::Hours(60 * 24));
  FlipBit(PathOfId(damaged), 75);

  EXPECT_THAT(PruneBackups(Job(), {}).value(), IsEmpty());

  EXPECT_THAT(Ids(), ElementsAre(damaged));
}

TEST_F(PruneTest, LeavesOtherFilesAlone) {
  MakeOne(absl::Hours(60 * 24));
  MakeOne();
  WriteBytes(folder_.File("app-1-by-hand.sqlite"), "mine");
  WriteBytes(folder_.File("app-1-by-hand.json"), "{}");

  ASSERT_THAT(PruneBackups(Job(), {}), IsOk());

  EXPECT_TRUE(fs::exists(folder_.File("app-1-by-hand.sqlite")));
  EXPECT_TRUE(fs::exists(folder_.File("app-1-by-hand.json")));
}

TEST_F(PruneTest, TakesLeftoversOfKilledRunsAway) {
  MakeOne();
  const std::string partial = PartialPath(Job(), folder_.path(), "unpacked");
  WriteBytes(partial, "plain text");

  ASSERT_THAT(PruneBackups(Job(), {}), IsOk());

  EXPECT_FALSE(fs::exists(partial));
}

TEST_F(PruneTest, FortyOldBackupsBecomeOne) {
  std::string newest;
  for (int i = 40; i > 0; --i) newest = MakeOne(absl::Hours(30 * 24 + i));

  EXPECT_THAT(PruneBackups(Job(), {}).value(), SizeIs(39));

  EXPECT_THAT(Ids(), ElementsAre(newest));
}

}  // namespace
}  // namespace daybook::migrator::backup
