#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daybook/evidence/tar.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::cli::evidence {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::SizeIs;

constexpr size_t kBlockBytes = 512;

class EvidenceTarTest : public ::testing::Test {
 protected:
  std::string PathOf(const std::string& name) const { return folder_.path() + "/" + name; }

  // A tar with two files: "a" of five bytes, "b/c" of a whole block.
  std::string Written() const {
    TarWriter writer(PathOf("case.tar"), absl::FromUnixSeconds(1'763'683'200));
    EXPECT_THAT(writer.Add("a", "bytes"), IsOk());
    EXPECT_THAT(writer.Add("b/c", std::string(kBlockBytes, 'x')), IsOk());
    EXPECT_THAT(writer.Finish(), IsOk());
    std::ifstream file(PathOf("case.tar"), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  absl::StatusOr<TarReader> Opened(const std::string& bytes) const {
    std::ofstream(PathOf("other.tar"), std::ios::binary) << bytes;
    return TarReader::Open(PathOf("other.tar"));
  }

  const testing::TempFolder folder_;
};

TEST_F(EvidenceTarTest, ReadsBackWhatWasWritten) {
  const std::string bytes = Written();

  absl::StatusOr<TarReader> reader = TarReader::Open(PathOf("case.tar"));

  ASSERT_THAT(reader, IsOk());
  EXPECT_THAT(bytes, SizeIs(6 * kBlockBytes));
  EXPECT_THAT(reader->files(), SizeIs(2));
  EXPECT_EQ(reader->Read("a").value(), "bytes");
  EXPECT_EQ(reader->Read("b/c").value(), std::string(kBlockBytes, 'x'));
  EXPECT_THAT(reader->Read("d"), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(EvidenceTarTest, LeavesNothingBehindThatWasNotFinished) {
  {
    TarWriter writer(PathOf("case.tar"), absl::UnixEpoch());
    ASSERT_THAT(writer.Add("a", "bytes"), IsOk());
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(EvidenceTarTest, TakesNoNameThatLeadsElsewhere) {
  TarWriter writer(PathOf("case.tar"), absl::UnixEpoch());
  for (const std::string& name : {std::string(), std::string("/a"), std::string("../a"),
                                  std::string("a/"), std::string(101, 'n')}) {
    EXPECT_FALSE(writer.Add(name, "bytes").ok()) << name;
  }
}

TEST_F(EvidenceTarTest, RefusesEachHeaderWithAFlippedByte) {
  const std::string whole = Written();
  for (size_t place = 0; place < kBlockBytes; ++place) {
    std::string bytes = whole;
    bytes[place] = static_cast<char>(bytes[place] ^ 1);
    const bool is_in_checksum_end = place == 154 || place == 155;
    if (is_in_checksum_end) continue;  // its NUL and space, of which readers are free
    EXPECT_THAT(Opened(bytes), HasCode(absl::StatusCode::kInvalidArgument)) << place;
  }
}

TEST_F(EvidenceTarTest, RefusesWhatWasCutOffAnywhere) {
  const std::string whole = Written();
  // The last block is the second of two empty ones.
  for (size_t size = 0; size < whole.size() - kBlockBytes; size += 100) {
    EXPECT_THAT(Opened(whole.substr(0, size)), HasCode(absl::StatusCode::kInvalidArgument)) << size;
  }
}

TEST_F(EvidenceTarTest, RefusesANameThatIsThereTwice) {
  const std::string whole = Written();
  const std::string first = whole.substr(0, 2 * kBlockBytes);

  EXPECT_THAT(Opened(first + whole), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST_F(EvidenceTarTest, ThereMustBeAFile) {
  EXPECT_THAT(TarReader::Open(PathOf("none")), HasCode(absl::StatusCode::kNotFound));
  EXPECT_THAT(TarReader::Open(folder_.path()), HasCode(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace daybook::cli::evidence
