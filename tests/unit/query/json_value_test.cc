#include "query/json_value.h"

#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

namespace daybook::query {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Optional;

using Path = std::vector<std::string>;

std::vector<std::string> ElementsOf(const std::string& value) {
  std::vector<std::string> found;
  JsonElements elements(value);
  while (const auto element = elements.Next()) found.emplace_back(*element);
  return found;
}

TEST(MemberAt, FindsMembersAsTheyAreWritten) {
  const std::string json =
      R"( { "a" : 1 , "b":{"c": [1, {"d":"}"}] ,"e":null}, "f" :"x\"y", "g":-1.5e3 } )";

  EXPECT_THAT(MemberAt(json, Path{"a"}), Optional(absl::string_view("1")));
  EXPECT_THAT(MemberAt(json, Path{"b", "c"}), Optional(absl::string_view(R"([1, {"d":"}"}])")));
  EXPECT_THAT(MemberAt(json, Path{"b", "e"}), Optional(absl::string_view("null")));
  EXPECT_THAT(MemberAt(json, Path{"f"}), Optional(absl::string_view(R"("x\"y")")));
  EXPECT_THAT(MemberAt(json, Path{"g"}), Optional(absl::string_view("-1.5e3")));
}

TEST(MemberAt, FindsNothingWhereNoPathLeads) {
  const std::string json = R"({"a":{"b":1},"c":[{"b":1}],"d":"b"})";

  for (const Path& path :
       {Path{"b"}, Path{"a", "c"}, Path{"a", "b", "c"}, Path{"c", "b"}, Path{"d", "b"}, Path{""}}) {
    EXPECT_EQ(MemberAt(json, path), std::nullopt);
  }
  EXPECT_EQ(MemberAt("{}", Path{"a"}), std::nullopt);
  EXPECT_EQ(MemberAt("{ }", Path{"a"}), std::nullopt);
}

TEST(MemberAt, ComparesNamesByWhatTheyMean) {
  EXPECT_TRUE(MemberAt(R"({"\u0061":1})", Path{"a"}));
  EXPECT_TRUE(MemberAt(R"({"금액":1})", Path{"금액"}));
  EXPECT_TRUE(MemberAt(R"({"\uae08\uc561":1})", Path{"금액"}));
  EXPECT_TRUE(MemberAt(R"({"\ud83d\ude00":1})", Path{"😀"}));
  EXPECT_TRUE(MemberAt(R"({"":1})", Path{""}));
  EXPECT_TRUE(MemberAt(R"({"a\"b":{"\\":1}})", Path{"a\"b", "\\"}));
}

TEST(JsonElements, AreThoseOfAnArray) {
  EXPECT_THAT(ElementsOf(R"([1, "a,b]", [2, 3],{"c":[4]} , true])"),
              ElementsAre("1", R"("a,b]")", "[2, 3]", R"({"c":[4]})", "true"));
  EXPECT_THAT(ElementsOf("[]"), IsEmpty());
  EXPECT_THAT(ElementsOf("[ ]"), IsEmpty());
  EXPECT_THAT(ElementsOf("7"), IsEmpty());
  EXPECT_THAT(ElementsOf(R"({"a":1})"), IsEmpty());
}

TEST(Unescaped, IsWhatAStringStandsFor) {
  EXPECT_EQ(Unescaped(R"("plain")"), "plain");
  EXPECT_EQ(Unescaped(R"("")"), "");
  EXPECT_EQ(Unescaped(R"("\"\\\/\b\f\n\r\t")"), "\"\\/\b\f\n\r\t");
  EXPECT_EQ(Unescaped(R"("\u0041\u00e9\uD55C\uD83D\uDE00!")"), "Aé한😀!");
  EXPECT_EQ(Unescaped(R"("\u0000")"), std::string(1, '\0'));
}

}  // namespace
}  // namespace daybook::query
