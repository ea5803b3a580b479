#include "daybook/tile_folder.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::cli {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::TilePath;
using ::daybook::testing::IsOk;
using ::testing::Optional;

std::vector<Hash> Hashes(size_t count) { return std::vector<Hash>(count, Hash{7}); }

class TileFolderTest : public ::testing::Test {
 protected:
  std::string FileAt(const std::string& name) const { return root_ + "/" + name; }

  const testing::TempFolder temp_;
  const std::string root_ = temp_.path() + "/new/tiles";
  TileFolder folder_{root_};
};

TEST_F(TileFolderTest, AFileThatIsThereIsNotWrittenAgain) {
  const TilePath path{.level = 0, .number = 1'234'067};

  ASSERT_THAT(folder_.PutTile(path, Hashes(256)), IsOk());
  ASSERT_THAT(folder_.PutTile(path, Hashes(256)), IsOk());

  EXPECT_EQ(folder_.counts().written, 1);
  EXPECT_EQ(folder_.counts().kept, 1);
  EXPECT_EQ(folder_.counts().bytes, 256 * 32);
  EXPECT_THAT(folder_.ReadTile(path).value(), Optional(Hashes(256)));
  EXPECT_TRUE(std::filesystem::exists(FileAt("tile/0/x001/x234/067")));
}

TEST_F(TileFolderTest, ATileOfAnotherLengthIsMissing) {
  const TilePath path{.level = 0, .number = 0};
  ASSERT_THAT(folder_.PutTile(path, Hashes(256)), IsOk());
  std::filesystem::resize_file(FileAt("tile/0/000"), 100);

  EXPECT_FALSE(folder_.HasTile(path));
  EXPECT_EQ(folder_.ReadTile(path).value(), std::nullopt);
  ASSERT_THAT(folder_.PutTile(path, Hashes(256)), IsOk());
  EXPECT_TRUE(folder_.HasTile(path));
}

TEST_F(TileFolderTest, ACompleteFileTakesThePlaceOfThePartialOnes) {
  for (const size_t width : {3, 9}) {
    ASSERT_THAT(folder_.PutTile({.level = 1, .number = 0, .width = width}, Hashes(width)), IsOk());
    EXPECT_TRUE(std::filesystem::exists(FileAt("tile/1/000.p/3")));
  }

  ASSERT_THAT(folder_.PutTile({.level = 1, .number = 0}, Hashes(256)), IsOk());

  EXPECT_FALSE(std::filesystem::exists(FileAt("tile/1/000.p")));
}

TEST_F(TileFolderTest, ABundleOfAnotherContentIsWrittenAgain) {
  const TilePath path{.level = std::nullopt, .number = 0, .width = 2};
  ASSERT_THAT(folder_.PutBundle(path, "abcdef"), IsOk());
  EXPECT_TRUE(folder_.HasBundle(path));
  std::ofstream(FileAt("tile/entries/000.p/2"), std::ios::binary) << "abc";

  EXPECT_FALSE(folder_.HasBundle(path));
  ASSERT_THAT(folder_.PutBundle(path, "abcdef"), IsOk());
  EXPECT_EQ(std::filesystem::file_size(FileAt("tile/entries/000.p/2")), 6);
}

TEST_F(TileFolderTest, TheCheckpointIsReadBack) {
  EXPECT_EQ(folder_.ReadCheckpoint().value(), std::nullopt);

  ASSERT_THAT(folder_.PutCheckpoint("note"), IsOk());

  EXPECT_THAT(folder_.ReadCheckpoint().value(), Optional(std::string("note")));
}

}  // namespace
}  // namespace daybook::cli
