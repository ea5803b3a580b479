#include "migrator/migration/migration_set.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::migration {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::daybook::testing::TempFolder;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MigrationSetTest : public ::testing::Test {
 protected:
  void Write(const std::string& name, const std::string& bytes = "SELECT 1;\n") {
    std::ofstream(folder_.File(name), std::ios::binary) << bytes;
  }

  void WriteDeclared(int version, const std::string& name) {
    Write(absl::StrCat("000", version, "_", name, ".textproto"),
          absl::StrCat("version: ", version, " name: \"", name, "\""));
  }

  // Reading must end with an error about the file `name`.
  void ExpectRefused(const std::string& name, const std::string& what) {
    const absl::Status error = MigrationSet::Read(folder_.path()).status();
    EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(error.message()),
                AllOf(StartsWith(folder_.File(name)), HasSubstr(what)));
  }

  std::vector<std::string> FileNames() {
    const auto set = MigrationSet::Read(folder_.path());
    EXPECT_THAT(set, IsOk());
    std::vector<std::string> names;
    if (!set.ok()) return names;
    for (const MigrationFile& file : set->files()) names.push_back(file.file_name);
    return names;
  }

  TempFolder folder_;
};

TEST_F(MigrationSetTest, IsInOrderOfVersions) {
  WriteDeclared(3, "a");
  Write("0002_z.down.sql");
  Write("0002_z.up.sql");
  WriteDeclared(1, "b");

  EXPECT_THAT(FileNames(), ElementsAre("0001_b.textproto", "0002_z.up.sql", "0003_a.textproto"));
}

TEST_F(MigrationSetTest, FindsAVersion) {
  WriteDeclared(1, "a");
  WriteDeclared(2, "b");
  const auto set = MigrationSet::Read(folder_.path());

  ASSERT_THAT(set, IsOk());
  EXPECT_EQ(set->newest(), 2);
  ASSERT_NE(set->Find(2), nullptr);
  EXPECT_EQ(set->Find(2)->migration.name(), "b");
  EXPECT_EQ(set->Find(0), nullptr);
  EXPECT_EQ(set->Find(-1), nullptr);
  EXPECT_EQ(set->Find(3), nullptr);
}

TEST_F(MigrationSetTest, PassesOverWhatIsNoneOfItsBusiness) {
  WriteDeclared(1, "a");
  Write("README");
  Write("README.txt");
  Write("notes.md");
  Write(".hidden");
  std::filesystem::create_directory(folder_.File("fixture"));
  std::filesystem::create_directory(folder_.File("tests"));
  std::filesystem::create_directory(folder_.File(".git"));

  EXPECT_THAT(FileNames(), ElementsAre("0001_a.textproto"));
}

TEST_F(MigrationSetTest, RefusesAFileThatIsNoMigration) {
  WriteDeclared(1, "a");
  Write("0002_b.sql");

  ExpectRefused("0002_b.sql", "NNNN_name.textproto");
}

TEST_F(MigrationSetTest, RefusesAnotherFolder) {
  WriteDeclared(1, "a");
  std::filesystem::create_directory(folder_.File("old"));

  ExpectRefused("old", "is not a file");
}

TEST_F(MigrationSetTest, RefusesAGap) {
  WriteDeclared(1, "a");
  WriteDeclared(3, "c");

  ExpectRefused("0003_c.textproto", "version 0002 is missing");
}

TEST_F(MigrationSetTest, BeginsWithVersionOne) {
  WriteDeclared(2, "b");

  ExpectRefused("0002_b.textproto", "version 0001 is missing");
}

TEST_F(MigrationSetTest, RefusesTwoOfOneVersion) {
  WriteDeclared(1, "a");
  WriteDeclared(1, "b");

  ExpectRefused("0001_b.textproto", "has the version of 0001_a.textproto");
}

TEST_F(MigrationSetTest, RefusesSqlBesideADeclaration) {
  WriteDeclared(1, "a");
  Write("0001_a.up.sql");

  ExpectRefused("0001_a.up.sql", "has the version of 0001_a.textproto");
}

TEST_F(MigrationSetTest, RefusesTwoNamesInAPair) {
  Write("0001_a.up.sql");
  Write("0001_b.down.sql");

  ExpectRefused("0001_b.down.sql", "has the version of 0001_a.up.sql");
}

TEST_F(MigrationSetTest, RefusesDownWithoutUp) {
  Write("0001_a.down.sql");

  ExpectRefused("0001_a.down.sql", ".up.sql");
}

TEST_F(MigrationSetTest, SaysWhichFileIsBrokenAndWhere) {
  Write("0001_a.textproto", "version: 1\nnaem: \"a\"");

  ExpectRefused("0001_a.textproto:2:5", "naem");
}

TEST_F(MigrationSetTest, ReadsFilesUpToItsLimit) {
  std::string text = "version: 1 name: \"a\" #";
  text.resize(MigrationSet::kMaxFileBytes, ' ');
  Write("0001_a.textproto", text);
  EXPECT_THAT(MigrationSet::Read(folder_.path()), IsOk());

  Write("0001_a.textproto", text + " ");
  ExpectRefused("0001_a.textproto", "larger than 4 MiB");
}

TEST_F(MigrationSetTest, FollowsLinksAsAConfigMapHasThem) {
  std::filesystem::create_directory(folder_.File("..data"));
  Write("..data/0001_a.textproto", "version: 1 name: \"a\"");
  std::filesystem::create_symlink("..data/0001_a.textproto", folder_.File("0001_a.textproto"));

  EXPECT_THAT(FileNames(), ElementsAre("0001_a.textproto"));
}

TEST_F(MigrationSetTest, RefusesALinkThatLeadsInCircles) {
  std::filesystem::create_symlink("0001_a.textproto", folder_.File("0001_a.textproto"));

  ExpectRefused("0001_a.textproto", "cannot be read");
}

TEST_F(MigrationSetTest, RefusesALinkThatLeadsNowhere) {
  std::filesystem::create_symlink("nowhere", folder_.File("0001_a.textproto"));

  ExpectRefused("0001_a.textproto", "");
}

TEST_F(MigrationSetTest, IsNotEmpty) {
  Write("README.md");
  const absl::Status error = MigrationSet::Read(folder_.path()).status();

  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(error.message()), StartsWith(folder_.path() + ": holds no migration"));
}

TEST_F(MigrationSetTest, NeedsAFolder) {
  const absl::Status error = MigrationSet::Read(folder_.File("none")).status();
  EXPECT_THAT(error, HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(std::string(error.message()), StartsWith(folder_.File("none")));

  Write("0001_a.textproto");
  EXPECT_THAT(MigrationSet::Read(folder_.File("0001_a.textproto")),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace daybook::migration
