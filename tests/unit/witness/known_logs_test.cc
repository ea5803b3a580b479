#include "witness/known_logs.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"

#include "support/status_matchers.h"

namespace daybook::witness {
namespace {

using ::daybook::ledger::KeyType;
using ::daybook::testing::HasCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string KeyOf(const std::string& name, uint8_t seed, KeyType type = KeyType::kLog) {
  return ledger::SigningKey(name, type, {seed}).verifier().ToString();
}

TEST(KnownLogs, AreReadALineEach) {
  const auto logs =
      KnownLogs::Parse(absl::StrCat("# ours\n", KeyOf("b.example/log", 1), "\n\n  ",
                                    KeyOf("a.example/log", 2), "\r\n", KeyOf("b.example/log", 3)));

  ASSERT_THAT(logs, testing::IsOk());
  EXPECT_THAT(logs->Origins(), ElementsAre("a.example/log", "b.example/log"));
  EXPECT_THAT(logs->KeysOf("a.example/log"), SizeIs(1));
  EXPECT_THAT(logs->KeysOf("b.example/log"), SizeIs(2));
  EXPECT_THAT(logs->KeysOf("c.example/log"), IsEmpty());
}

TEST(KnownLogs, MayBeNone) { EXPECT_TRUE(KnownLogs::Parse("\n# nobody\n")->empty()); }

TEST(KnownLogs, WhatIsNoKeyOfALogIsRefusedWithItsLine) {
  const auto witness =
      KnownLogs::Parse(absl::StrCat("\n", KeyOf("w.example", 1, KeyType::kWitness))).status();
  EXPECT_THAT(witness, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(witness.message()), HasSubstr(" is the key of a witness"));

  const auto none = KnownLogs::Parse("a.example/log").status();
  EXPECT_THAT(none, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(none.message()), HasSubstr("line 1: "));
}

}  // namespace
}  // namespace daybook::witness
