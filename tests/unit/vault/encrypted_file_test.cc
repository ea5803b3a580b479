#include "migrator/vault/encrypted_file.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "migrator/vault/hasher.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::vault {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr size_t kStored = kChunkBytes + kTagBytes;

class EncryptedFileTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& bytes) const {
    std::ofstream(folder_.File("file"), std::ios::binary) << bytes;
    return folder_.File("file");
  }

  std::string Encrypt(const std::string& content) const {
    std::string file;
    EXPECT_THAT(EncryptFile(Write(content), key_, DrawSalt(), AppendTo(file)), IsOk());
    return file;
  }

  absl::Status Decrypt(const std::string& file, const Key& key, std::string& content) const {
    return DecryptFile(Write(file), key, AppendTo(content));
  }
  absl::Status Decrypt(const std::string& file) const {
    std::string content;
    return Decrypt(file, key_, content);
  }

  static std::function<absl::Status(absl::string_view)> AppendTo(std::string& out) {
    return [&out](absl::string_view bytes) {
      absl::StrAppend(&out, bytes);
      return absl::OkStatus();
    };
  }

  // Three chunks and a bit.
  static std::string Content() {
    std::string content;
    for (size_t i = 0; i < 3 * kChunkBytes + 100; ++i) {
      content.push_back(static_cast<char>(i % 241));
    }
    return content;
  }

  testing::TempFolder folder_;
  const Key key_{{1, 2, 3}};
};

TEST_F(EncryptedFileTest, ComesBackAsItWas) {
  for (const size_t size :
       {size_t{0}, size_t{1}, kChunkBytes - 1, kChunkBytes, kChunkBytes + 1, 2 * kChunkBytes}) {
    const std::string content(size, 'x');
    std::string back;

    ASSERT_THAT(Decrypt(Encrypt(content), key_, back), IsOk()) << size;

    EXPECT_EQ(back, content);
  }
}

TEST_F(EncryptedFileTest, TheSameContentIsNeverTheSameFile) {
  EXPECT_NE(Encrypt("content"), Encrypt("content"));
}

TEST_F(EncryptedFileTest, AnotherKeyIsRefusedBeforeAnythingIsGiven) {
  std::string content;

  EXPECT_THAT(Decrypt(Encrypt(Content()), Key({9}), content),
              HasCode(absl::StatusCode::kPermissionDenied));

  EXPECT_EQ(content, "");
}

TEST_F(EncryptedFileTest, AFlippedBitAnywhereIsFound) {
  const std::string file = Encrypt(Content());
  for (size_t at = 0; at < file.size(); at += at < 100 ? 1 : 4'099) {
    std::string damaged = file;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);

    EXPECT_FALSE(Decrypt(damaged).ok()) << at;
  }
}

TEST_F(EncryptedFileTest, AFileCutOffAnywhereIsFound) {
  const std::string file = Encrypt(Content());
  for (const size_t size : {size_t{0}, size_t{10}, kHeaderBytes - 1, kHeaderBytes, kHeaderBytes + 5,
                            kHeaderBytes + kStored - 1, kHeaderBytes + kStored,
                            kHeaderBytes + 2 * kStored, file.size() - 1}) {
    EXPECT_THAT(Decrypt(file.substr(0, size)), HasCode(absl::StatusCode::kDataLoss)) << size;
  }
}

TEST_F(EncryptedFileTest, ChunksInAnotherOrderAreFound) {
  const std::string file = Encrypt(Content());
  const std::string first = file.substr(kHeaderBytes, kStored);
  const std::string second = file.substr(kHeaderBytes + kStored, kStored);
  std::string swapped = file;
  swapped.replace(kHeaderBytes, 2 * kStored, absl::StrCat(second, first));
  std::string without_one = file;
  without_one.erase(kHeaderBytes + kStored, kStored);

  EXPECT_THAT(Decrypt(swapped), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Decrypt(without_one), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Decrypt(absl::StrCat(file, "x")), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Decrypt(absl::StrCat(file, second)), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(EncryptedFileTest, AChunkOfAnotherFileIsFound) {
  std::string file = Encrypt(Content());
  const std::string other = Encrypt(Content());
  file.replace(kHeaderBytes, kStored, other.substr(kHeaderBytes, kStored));

  EXPECT_THAT(Decrypt(file), HasCode(absl::StatusCode::kDataLoss));
}

TEST_F(EncryptedFileTest, AFileOfAnotherKindIsToldFromOneOfANewerVersion) {
  std::string newer = Encrypt("content");
  newer[11] = 2;

  EXPECT_THAT(Decrypt("SQLite format 3"), HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Decrypt(newer), HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(EncryptedFileTest, TheSinksErrorEndsIt) {
  const std::string path = Write(Content());
  const auto full = [](absl::string_view /*bytes*/) {
    return absl::ResourceExhaustedError("full");
  };

  EXPECT_THAT(EncryptFile(path, key_, DrawSalt(), full),
              HasCode(absl::StatusCode::kResourceExhausted));
}

TEST(HasherTest, IsSha256) {
  Hasher hasher;
  hasher.Add("a");
  hasher.Add("bc");

  EXPECT_EQ(hasher.Finish(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace daybook::vault
