#include "schema/json_object.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace daybook::schema {
namespace {

using ::testing::HasSubstr;
using ::testing::TestWithParam;
using ::testing::Values;

class JsonObjects : public TestWithParam<std::string> {};
class NotJsonObjects : public TestWithParam<std::string> {};

TEST_P(JsonObjects, Pass) { EXPECT_EQ(BrokenAsJsonObject(GetParam()).value_or(""), ""); }

TEST_P(NotJsonObjects, AreRefused) { EXPECT_NE(BrokenAsJsonObject(GetParam()), std::nullopt); }

INSTANTIATE_TEST_SUITE_P(Shapes, JsonObjects,
                         Values("{}", " \t\r\n{ \n} ", R"({"a":1})",
                                R"({"a":{"a":{"a":[{"a":1},{"a":1}]}}})",
                                R"({"a":[],"b":[1,"x",null,true,false,{}]})", R"({"":0})",
                                R"( { "a" : [ 1 , 2 ] } )"));

INSTANTIATE_TEST_SUITE_P(Numbers, JsonObjects,
                         Values(R"({"a":0})", R"({"a":-0})", R"({"a":10})", R"({"a":-1.50})",
                                R"({"a":1e5})", R"({"a":1E+5})", R"({"a":0.0e-0})",
                                R"({"a":123456789012345678901234567890})", R"({"a":1e99999})"));

INSTANTIATE_TEST_SUITE_P(Strings, JsonObjects,
                         Values(R"({"a":"\"\\\/\b\f\n\r\t"})", R"({"a":"\u0000\uFFFF\u00e9"})",
                                R"({"a":"\ud83d\udc4d"})", R"({"a":"\uD800\uDC00\uDBFF\uDFFF"})",
                                R"({"한글":"👍"})", "{\"a\":\"\x7f\"}"));

INSTANTIATE_TEST_SUITE_P(NamesThatDiffer, JsonObjects,
                         Values(R"({"a":1,"A":1})", R"({"a":1,"a ":1})", R"({"a":1,"x\u0061":1})",
                                R"({"a":1,"\\u0061":1})", "{\"\u00e9\":1,\"e\u0301\":1}",
                                R"({"a":{"b":1},"b":{"a":1}})"));

INSTANTIATE_TEST_SUITE_P(Shapes, NotJsonObjects,
                         Values("", " ", "[]", "null", "1", "\"a\"", "{", "}", "{}{}", "{} x",
                                "{},", R"({"a":1,})", R"({,"a":1})", R"({"a"})", R"({"a":})",
                                R"({"a" 1})", R"({"a":1 "b":2})", R"({"a":[1,]})", R"({"a":[,1]})",
                                R"({"a":[1 2]})", R"({"a":[1})", R"({"a":1])", R"({a:1})",
                                R"({'a':1})", R"({1:1})", R"({"a":1}/**/)", "\xEF\xBB\xBF{}",
                                std::string("{}\0", 3), std::string("{\0}", 3)));

INSTANTIATE_TEST_SUITE_P(Numbers, NotJsonObjects,
                         Values(R"({"a":01})", R"({"a":-01})", R"({"a":+1})", R"({"a":.5})",
                                R"({"a":1.})", R"({"a":-})", R"({"a":1e})", R"({"a":1e+})",
                                R"({"a":0x1})", R"({"a":NaN})", R"({"a":Infinity})",
                                R"({"a":1 2})"));

INSTANTIATE_TEST_SUITE_P(Words, NotJsonObjects,
                         Values(R"({"a":True})", R"({"a":tru})", R"({"a":nul})", R"({"a":truex})",
                                R"({"a":undefined})"));

INSTANTIATE_TEST_SUITE_P(Strings, NotJsonObjects,
                         Values(R"({"a":"x)", R"({"a":"\)", R"({"a":"\x"})", R"({"a":"\u12"})",
                                R"({"a":"\u12G4"})", "{\"a\":\"\n\"}", "{\"a\":\"\t\"}",
                                std::string("{\"a\":\"\0\"}", 9),
                                R"({"a":"\)"
                                "\"}",
                                std::string("{\"a\":\"\\\0\"}", 10)));

INSTANTIATE_TEST_SUITE_P(LoneSurrogates, NotJsonObjects,
                         Values(R"({"a":"\ud800"})", R"({"a":"\udc00"})", R"({"a":"\ud800x"})",
                                R"({"a":"\ud800\n"})", R"({"a":"\ud800\ud800"})",
                                R"({"a":"\udc00\udc00"})", R"({"a":"\ud800\u0041"})",
                                R"({"a":"\udc00\ud800"})", R"({"\ud800":1})"));

INSTANTIATE_TEST_SUITE_P(NamesThatOccurTwice, NotJsonObjects,
                         Values(R"({"a":1,"a":1})", R"({"a":1,"b":2,"a":3})",
                                R"({"a":1,"\u0061":1})", R"({"\u0061":1,"a":1})",
                                R"({"xa":1,"x\u0061":1})", R"({"/":1,"\/":1})", R"({"":1,"":1})",
                                R"({"\ud83d\udc4d":1,"👍":1})", R"({"é":1,"\u00E9":1})",
                                R"({"x":{"a":1,"a":1}})", R"({"x":[[{"y":{"a":1,"a":1}}]]})",
                                R"({"a":{"b":1},"c":2,"a":{}})", R"({"a\n":1,"a\u000a":1})"));

// `depth` containers in each other, the outermost an object.
std::string Nested(int depth, const std::string& open, const std::string& close) {
  std::string text = "{\"a\":";
  for (int i = 1; i < depth; ++i) text += open;
  text += "1";
  for (int i = 1; i < depth; ++i) text += close;
  return text + "}";
}

TEST(JsonObjectDepth, ReachesAsFarAsTheLimit) {
  EXPECT_EQ(BrokenAsJsonObject(Nested(128, "[", "]")), std::nullopt);
  EXPECT_EQ(BrokenAsJsonObject(Nested(128, "{\"a\":", "}")), std::nullopt);
}

TEST(JsonObjectDepth, EndsThere) {
  EXPECT_THAT(BrokenAsJsonObject(Nested(129, "[", "]")).value_or(""), HasSubstr("deep"));
  EXPECT_THAT(BrokenAsJsonObject(Nested(129, "{\"a\":", "}")).value_or(""), HasSubstr("deep"));
}

TEST(JsonObject, DuplicatesAreFoundBehindManySiblings) {
  std::string text = "{";
  for (int i = 0; i < 500; ++i) absl::StrAppend(&text, "\"n", i, "\":{\"n0\":0},");
  EXPECT_EQ(BrokenAsJsonObject(text + "\"last\":0}"), std::nullopt);
  EXPECT_NE(BrokenAsJsonObject(text + "\"n250\":0}"), std::nullopt);
}

TEST(JsonObject, SaysWhereItWentWrong) {
  EXPECT_THAT(BrokenAsJsonObject(R"({"a":01})").value_or(""), HasSubstr("at byte 6"));
}

}  // namespace
}  // namespace daybook::schema
