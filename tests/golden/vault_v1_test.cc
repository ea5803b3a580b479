#include <algorithm>
#include <fstream>
#include <string>

#include <gmock/gmock.h>

#include "absl/strings/escaping.h"

#include "golden/golden_file.h"
#include "google/protobuf/util/json_util.h"
#include "ledger/hash.h"
#include "migrator/vault/encrypted_file.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"
#include "vectors.pb.h"

namespace daybook::golden {
namespace {

using ::daybook::testing::IsOk;
using ::testing::SizeIs;

VaultVectors ReadVaultVectors() {
  VaultVectors vectors;
  const auto parsed =
      google::protobuf::util::JsonStringToMessage(ReadGolden("vault_v1.json"), &vectors);
  EXPECT_TRUE(parsed.ok()) << parsed.ToString();
  return vectors;
}

template <typename Bytes>
Bytes FromHex(const std::string& hex) {
  Bytes bytes{};
  const std::string raw = absl::HexStringToBytes(hex);
  EXPECT_EQ(raw.size(), bytes.size());
  std::copy_n(raw.begin(), bytes.size(), bytes.begin());
  return bytes;
}

vault::Key KeyOf(const VaultVector& vector) {
  return vault::Key(FromHex<vault::Key::Bytes>(vector.key()));
}

std::string ContentOf(const VaultVector& vector) {
  std::string content;
  for (uint64_t i = 0; i < vector.content_bytes(); ++i) {
    content.push_back(static_cast<char>(i % 251));
  }
  return content;
}

std::string Write(const testing::TempFolder& folder, const std::string& bytes) {
  std::ofstream(folder.File("file"), std::ios::binary) << bytes;
  return folder.File("file");
}

std::string Encrypted(const VaultVector& vector, const std::string& path) {
  std::string file;
  EXPECT_THAT(vault::EncryptFile(path, KeyOf(vector), FromHex<vault::Salt>(vector.salt()),
                                 [&](absl::string_view bytes) {
                                   absl::StrAppend(&file, bytes);
                                   return absl::OkStatus();
                                 }),
              IsOk());
  return file;
}

TEST(VaultV1Golden, EncryptingGivesTheVectorsBytes) {
  const VaultVectors vectors = ReadVaultVectors();
  ASSERT_THAT(vectors.vectors(), SizeIs(6));
  const testing::TempFolder folder;
  for (const VaultVector& vector : vectors.vectors()) {
    SCOPED_TRACE(vector.name());

    const std::string file = Encrypted(vector, Write(folder, ContentOf(vector)));

    EXPECT_EQ(file.size(), vector.file_bytes());
    EXPECT_EQ(ledger::ToHex(ledger::Sha256(file)), vector.file_sha256());
    if (!vector.file().empty()) {
      EXPECT_EQ(absl::BytesToHexString(file), vector.file());
    }
    EXPECT_EQ(KeyOf(vector).Id(), vector.key_id());
  }
}

TEST(VaultV1Golden, DecryptingTheVectorsGivesTheirContent) {
  const VaultVectors vectors = ReadVaultVectors();
  const testing::TempFolder folder;
  for (const VaultVector& vector : vectors.vectors()) {
    SCOPED_TRACE(vector.name());
    const std::string file = vector.file().empty()
                                 ? Encrypted(vector, Write(folder, ContentOf(vector)))
                                 : absl::HexStringToBytes(vector.file());
    std::string content;

    ASSERT_THAT(vault::DecryptFile(Write(folder, file), KeyOf(vector),
                                   [&](absl::string_view bytes) {
                                     absl::StrAppend(&content, bytes);
                                     return absl::OkStatus();
                                   }),
                IsOk());

    EXPECT_EQ(content, ContentOf(vector));
  }
}

}  // namespace
}  // namespace daybook::golden
