#include "migrator/vault/key.h"

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::vault {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

constexpr char kHex[] = "00112233445566778899AABBCCDDEEFF00112233445566778899aabbccddeeff";

class KeyTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& content) const {
    std::ofstream(folder_.File("key"), std::ios::binary) << content;
    return folder_.File("key");
  }

  testing::TempFolder folder_;
};

TEST_F(KeyTest, IsReadFromBytesAndFromHexDigits) {
  std::string raw;
  for (int i = 0; i < 32; ++i) raw.push_back(static_cast<char>(i % 16 * 0x11));
  const std::string id = Key::Read(Write(raw)).value().Id();

  EXPECT_THAT(id, ::testing::SizeIs(16));
  for (const char* end : {"", "\n", "\r\n"}) {
    const auto key = Key::Read(Write(std::string(kHex) + end));
    ASSERT_THAT(key, IsOk());
    EXPECT_EQ(key->Id(), id);
  }
}

TEST_F(KeyTest, IsNothingElse) {
  for (const std::string& content :
       {std::string(), std::string(31, 'x'), std::string(33, 'x'), std::string(64, 'x'),
        std::string(kHex) + "00", std::string(10'000, '0')}) {
    EXPECT_THAT(Key::Read(Write(content)), HasCode(absl::StatusCode::kInvalidArgument)) << content;
  }
  EXPECT_THAT(Key::Read(folder_.File("none")), HasCode(absl::StatusCode::kNotFound));
  EXPECT_FALSE(Key::Read(folder_.path()).ok());
}

TEST_F(KeyTest, AFileForOthersTooIsAFault) {
  const std::string path = Write(kHex);

  ASSERT_EQ(chmod(path.c_str(), 0600), 0);
  EXPECT_EQ(PermissionFault(path), "");
  ASSERT_EQ(chmod(path.c_str(), 0644), 0);
  EXPECT_THAT(PermissionFault(path), HasSubstr("0644"));
}

}  // namespace
}  // namespace daybook::vault
