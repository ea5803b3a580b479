#include "ledger/key_change.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

namespace daybook::ledger {
namespace {

VerifierKey KeyOf(const std::string& name, uint8_t seed) {
  return SigningKey(name, KeyType::kLog, {seed}).verifier();
}

TEST(KeyChange, IsWrittenInOneFormOnly) {
  const KeyChange change{.key = KeyOf("test.example/log", 1),
                         .signed_by = KeyOf("test.example/log", 2)};

  EXPECT_EQ(FormatKeyChange(change),
            absl::StrCat(R"({"key":")", change.key.ToString(), R"(","signed_by":")",
                         change.signed_by.ToString(), R"("})"));
}

TEST(KeyChange, IsReadAsItWasWritten) {
  for (const std::string name : {"test.example/log", R"(a"b)", R"(a\b)", R"(","signed_by":")"}) {
    const KeyChange change{.key = KeyOf(name, 1), .signed_by = KeyOf(name, 2)};

    const auto read = ParseKeyChange(FormatKeyChange(change));

    ASSERT_TRUE(read) << name;
    EXPECT_EQ(read->key.ToString(), change.key.ToString());
    EXPECT_EQ(read->signed_by.ToString(), change.signed_by.ToString());
  }
}

TEST(KeyChange, NothingElseIsRead) {
  const std::string key = KeyOf("test.example/log", 1).ToString();
  const std::string right = absl::StrCat(R"({"key":")", key, R"(","signed_by":")", key, R"("})");
  ASSERT_TRUE(ParseKeyChange(right));

  for (const std::string& text :
       {std::string(), std::string("{}"), right + " ", " " + right,
        absl::StrCat(R"({"key": ")", key, R"(","signed_by":")", key, R"("})"),
        absl::StrCat(R"({"signed_by":")", key, R"(","key":")", key, R"("})"),
        absl::StrCat(R"({"key":")", key, R"("})"),
        absl::StrCat(R"({"key":")", key, R"(","signed_by":")", key, R"(","more":""})"),
        absl::StrCat(R"({"key":"t)", key, R"(","signed_by":")", key, R"("})")}) {
    EXPECT_FALSE(ParseKeyChange(text)) << text;
  }
}

}  // namespace
}  // namespace daybook::ledger
