#include "schema/rule.h"

#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "google/protobuf/text_format.h"
#include "support/status_matchers.h"

namespace daybook::schema {
namespace {

using ::daybook::testing::HasCode;

v1::StringRule Declared(const std::string& text) {
  v1::StringRule rule;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &rule));
  return rule;
}

bool Accepts(const std::string& declared, const std::string& text) {
  return !TextRule::Compile(Declared(declared))->Broken(text);
}

bool AcceptsInteger(const std::string& declared, std::optional<absl::int128> value) {
  v1::Int64Rule rule;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(declared, &rule));
  return !IntegerRule(rule).Broken(value);
}

TEST(TextRule, EmptyTextIsAbsent) {
  EXPECT_TRUE(Accepts("min_chars: 3 nullable: true", ""));
  EXPECT_FALSE(Accepts("min_chars: 1", ""));
}

TEST(TextRule, CountsCharactersNotBytes) {
  std::string fifty;
  for (int i = 0; i < 50; ++i) fifty += "한";

  EXPECT_TRUE(Accepts("max_chars: 50", fifty));
  EXPECT_FALSE(Accepts("max_chars: 50", fifty + "한"));
  EXPECT_TRUE(Accepts("min_chars: 2", "한글"));
  EXPECT_FALSE(Accepts("min_chars: 2", "한"));
}

TEST(TextRule, CountsBytesWhereItSaysBytes) {
  EXPECT_TRUE(Accepts("max_bytes: 6", "한글"));
  EXPECT_FALSE(Accepts("max_bytes: 5", "한글"));
}

TEST(TextRule, RefusesWhatIsNoText) {
  EXPECT_FALSE(Accepts("max_bytes: 9", "\xff"));
  EXPECT_FALSE(Accepts("max_bytes: 9", std::string("a\0b", 3)));
  EXPECT_FALSE(Accepts("max_bytes: 9", std::string("\0", 1)));
}

TEST(TextRule, HoldsTextToItsCharacters) {
  EXPECT_TRUE(Accepts("charset: \"a-z0-9\" first_charset: \"a-z\"", "a0"));
  EXPECT_FALSE(Accepts("charset: \"a-z0-9\" first_charset: \"a-z\"", "0a"));
  EXPECT_FALSE(Accepts("charset: \"a-z0-9\" first_charset: \"a-z\"", "a_"));
}

TEST(TextRule, KnowsJsonAndAddresses) {
  EXPECT_TRUE(Accepts("json_object: true", "{}"));
  EXPECT_FALSE(Accepts("json_object: true", "[]"));
  EXPECT_TRUE(Accepts("ip_address: true", "::1"));
  EXPECT_FALSE(Accepts("ip_address: true", "localhost"));
}

TEST(TextRule, ADeclarationThatMakesNoSenseDoesNotCompile) {
  EXPECT_THAT(TextRule::Compile(Declared("charset: \"z-a\"")),
              HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(TextRule::Compile(Declared("first_charset: \"^a\"")),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(IntegerRule, HasBoundsOfBothKinds) {
  EXPECT_TRUE(AcceptsInteger("gte: 1 lte: 3", 1));
  EXPECT_TRUE(AcceptsInteger("gte: 1 lte: 3", 3));
  EXPECT_FALSE(AcceptsInteger("gte: 1 lte: 3", 0));
  EXPECT_FALSE(AcceptsInteger("gte: 1 lte: 3", 4));
  EXPECT_FALSE(AcceptsInteger("gt: 1 lt: 3", 1));
  EXPECT_TRUE(AcceptsInteger("gt: 1 lt: 3", 2));
  EXPECT_FALSE(AcceptsInteger("gt: 1 lt: 3", 3));
}

TEST(IntegerRule, ABoundOfZeroCounts) {
  EXPECT_FALSE(AcceptsInteger("gte: 0", -1));
  EXPECT_TRUE(AcceptsInteger("gte: 0", 0));
}

TEST(IntegerRule, MayBeAbsentOnlyWhereItSaysSo) {
  EXPECT_TRUE(AcceptsInteger("gte: 5 nullable: true", std::nullopt));
  EXPECT_FALSE(AcceptsInteger("gte: 5", std::nullopt));
}

TEST(IntegerRule, IsSignedAndOf64Bits) {
  const absl::int128 highest = std::numeric_limits<int64_t>::max();
  const absl::int128 lowest = std::numeric_limits<int64_t>::min();

  EXPECT_TRUE(AcceptsInteger("", highest));
  EXPECT_FALSE(AcceptsInteger("", highest + 1));
  EXPECT_TRUE(AcceptsInteger("", lowest));
  EXPECT_FALSE(AcceptsInteger("", lowest - 1));
}

}  // namespace
}  // namespace daybook::schema
