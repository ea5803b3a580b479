#include "query/filter.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "support/status_matchers.h"

namespace daybook::query {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::StartsWith;

// The value of the only term of a filter, as text.
std::string ValueOf(const std::string& text) {
  const auto filter = Filter::Parse(text);
  EXPECT_THAT(filter, IsOk()) << text;
  if (!filter.ok() || filter->terms().size() != 1) return "not one term";
  const Value& value = filter->terms()[0].value;
  if (const auto* number = std::get_if<int64_t>(&value)) return absl::StrCat("#", *number);
  return std::get<std::string>(value);
}

void ExpectRefused(const std::string& text, int column,
                   const std::string& reason = "FILTER_SYNTAX") {
  SCOPED_TRACE(text);
  const absl::Status error = Filter::Parse(text).status();
  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ReasonIn(error), reason);
  EXPECT_THAT(std::string(error.message()),
              StartsWith(absl::StrCat("filter: column ", column, ":")));
}

TEST(Filter, AnEmptyOneHasNoTerms) {
  EXPECT_TRUE(Filter::Parse("")->terms().empty());
  EXPECT_TRUE(Filter::Parse(" \t\n")->terms().empty());
}

TEST(Filter, ComparesText) {
  EXPECT_EQ(ValueOf("action = login"), "login");
  EXPECT_EQ(ValueOf("action=login"), "login");
  EXPECT_EQ(ValueOf("actor = \"two words\""), "two words");
  EXPECT_EQ(ValueOf("actor = 'two words'"), "two words");
  EXPECT_EQ(ValueOf(R"(actor = "say \"it\" \\ 'now'")"), "say \"it\" \\ 'now'");
  EXPECT_EQ(ValueOf("actor = \"\""), "");
  EXPECT_EQ(ValueOf("actor = 한글"), "한글");
  EXPECT_EQ(ValueOf("actor = user:7"), "user:7");
  EXPECT_EQ(ValueOf("telegram_id = 042"), "042");
}

TEST(Filter, ComparesIntegers) {
  EXPECT_EQ(ValueOf("user_id = 42"), "#42");
  EXPECT_EQ(ValueOf("user_id = -9223372036854775808"), "#-9223372036854775808");
  EXPECT_EQ(ValueOf("seq = 0"), "#0");
  ExpectRefused("user_id = 9223372036854775808", 11);
  ExpectRefused("user_id = \"42\"", 11);
  ExpectRefused("user_id = x", 11);
  ExpectRefused("producer_sequence = 1.5", 21);
}

TEST(Filter, ComparesTimes) {
  EXPECT_EQ(ValueOf("created_at = \"1970-01-01T00:00:01Z\""), "#1000000");
  EXPECT_EQ(ValueOf("event_time = 1970-01-01T00:00:00.0000019Z"), "#1");
  ExpectRefused("event_time = yesterday", 14);
}

TEST(Filter, ComparesOutcomesAndSources) {
  EXPECT_EQ(ValueOf("outcome = SUCCESS"), "#1");
  EXPECT_EQ(ValueOf("outcome = DENIED"), "#3");
  EXPECT_EQ(ValueOf("source = CLAIMED"), "#3");
  ExpectRefused("outcome = success", 11);
  ExpectRefused("outcome = UNSPECIFIED", 11);
  ExpectRefused("outcome = OUTCOME_SUCCESS", 11);
  ExpectRefused("source = SUCCESS", 10);
}

TEST(Filter, ComparesAddressesInAnyNotation) {
  EXPECT_EQ(ValueOf("ip_address = ::ffff:10.0.0.1"), "10.0.0.1");
  EXPECT_EQ(ValueOf("ip_address = \"2001:DB8::0:1\""), "2001:db8::1");
  ExpectRefused("ip_address = localhost", 14);
}

TEST(Filter, JoinsTermsByAnd) {
  const auto filter = Filter::Parse("action = login AND user_id = 7\nAND tenant = \"AND\"");

  ASSERT_THAT(filter, IsOk());
  ASSERT_EQ(filter->terms().size(), 3U);
  EXPECT_EQ(filter->terms()[0].field->name, "action");
  EXPECT_EQ(filter->terms()[1].field->name, "user_id");
  EXPECT_EQ(filter->terms()[2].field->name, "tenant");
}

TEST(Filter, NamesTheFieldThatIsNone) {
  ExpectRefused("colour = red", 1, "FILTER_FIELD_UNKNOWN");
  ExpectRefused("action = login AND colour = red", 20, "FILTER_FIELD_UNKNOWN");
  ExpectRefused("leaf_hash = x", 1, "FILTER_FIELD_UNKNOWN");
  ExpectRefused("details = x", 1, "FILTER_FIELD_UNKNOWN");
  ExpectRefused("id = 1", 1, "FILTER_FIELD_UNKNOWN");
}

TEST(Filter, SaysWhereTheSyntaxIsWrong) {
  ExpectRefused("= login", 1);
  ExpectRefused("\"action\" = login", 1);
  ExpectRefused("action", 7);
  ExpectRefused("action login", 8);
  ExpectRefused("action =", 9);
  ExpectRefused("action = = login", 10);
  ExpectRefused("action = login AND", 19);
  ExpectRefused("action = login tenant = default", 16);
  ExpectRefused("action = login and tenant = default", 16);
  ExpectRefused("action = \"login", 10);
  ExpectRefused("action = \"login\\", 10);
  ExpectRefused("action != login", 8);
  ExpectRefused("(action = login)", 1);
  ExpectRefused("actor = \"\xff\"", 1);
}

TEST(Filter, HasAtMostFourKibibytes) {
  const std::string text = "actor = \"";
  EXPECT_THAT(Filter::Parse(text + std::string(4'096 - text.size() - 1, 'x') + "\""), IsOk());
  ExpectRefused(text + std::string(4'096 - text.size(), 'x') + "\"", 4'097);
}

TEST(Filter, HasAtMost64Terms) {
  std::string text = "seq = 0";
  for (int i = 1; i < 64; ++i) text += " AND seq = 0";
  EXPECT_THAT(Filter::Parse(text), IsOk());

  EXPECT_EQ(ReasonIn(Filter::Parse(text + " AND seq = 0").status()), "FILTER_SYNTAX");
}

TEST(Filter, SpellingsOfTheSameFilterNormaliseAlike) {
  const auto normalised = [](const std::string& text) { return Filter::Parse(text)->Normalised(); };

  EXPECT_EQ(normalised("action=login AND user_id=07"),
            normalised(" action = \"login\"  AND user_id = 7"));
  EXPECT_EQ(normalised("ip_address = ::ffff:1.2.3.4"), normalised("ip_address = 1.2.3.4"));
  EXPECT_NE(normalised("action = login"), normalised("actor = login"));
  EXPECT_NE(normalised("action = login"), normalised("action = logins"));
  EXPECT_NE(normalised("actor = \"a&tenant=1:b\""), normalised("actor = a AND tenant = b"));
  EXPECT_NE(normalised("telegram_id = 7"), normalised("user_id = 7"));
}

}  // namespace
}  // namespace daybook::query
