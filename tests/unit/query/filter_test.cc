#include "query/filter.h"

#include <cstdint>
#include <string>
#include <variant>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

#include "core/errors.h"
#include "support/status_matchers.h"

namespace daybook::query {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::StartsWith;

struct Print {
  std::string operator()(AnyValue /*any*/) const { return "any"; }
  std::string operator()(JsonNull /*null*/) const { return "null"; }
  std::string operator()(int64_t number) const { return absl::StrCat("#", number); }
  std::string operator()(const Decimal& number) const {
    return absl::StrCat("~", number.is_negative ? "-" : "", number.digits, "@", number.point);
  }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const Pattern& pattern) const {
    return absl::StrCat(pattern.open_front ? "[*]" : "", pattern.text,
                        pattern.open_back ? "[*]" : "");
  }
};

// The value of the only term of a filter, as text.
std::string ValueOf(const std::string& text) {
  const auto filter = Filter::Parse(text);
  EXPECT_THAT(filter, IsOk()) << text;
  if (!filter.ok() || filter->required().size() != 1) return "not one term";
  return std::visit(Print(), filter->required()[0].value);
}

std::string Shape(const std::string& text) {
  const auto filter = Filter::Parse(text);
  EXPECT_THAT(filter, IsOk()) << text;
  return filter.ok() ? absl::StrReplaceAll(filter->Normalised(), {{"\n", " "}}) : "";
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
  EXPECT_TRUE(Filter::Parse("")->IsEverything());
  EXPECT_TRUE(Filter::Parse(" \t\n")->IsEverything());
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
  ASSERT_EQ(filter->required().size(), 3U);
  EXPECT_EQ(filter->required()[0].field->name, "action");
  EXPECT_EQ(filter->required()[1].field->name, "user_id");
  EXPECT_EQ(filter->required()[2].field->name, "tenant");
}

TEST(Filter, NamesTheFieldThatIsNone) {
  ExpectRefused("colour = red", 1, "FILTER_FIELD_UNKNOWN");
  ExpectRefused("action = login AND colour = red", 20, "FILTER_FIELD_UNKNOWN");
  ExpectRefused("leaf_hash = x", 1, "FILTER_FIELD_UNKNOWN");
  ExpectRefused("actor.name = x", 1, "FILTER_FIELD_UNKNOWN");
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
  ExpectRefused("action = login and tenant = default", 16);
  ExpectRefused("action = \"login", 10);
  ExpectRefused("action = \"login\\", 10);
  ExpectRefused("actor = \"한\xff\"", 11);
}

TEST(Filter, OrBindsTighterThanAnd) {
  EXPECT_EQ(Shape("seq=1 AND seq=2 OR seq=3"), "seq=1 seq=2 seq=3 any 2 all 2 ");
  EXPECT_EQ(Shape("seq=1 OR seq=2 AND seq=3"), "seq=1 seq=2 any 2 seq=3 all 2 ");
  EXPECT_EQ(Shape("(seq=1 AND seq=2) OR seq=3"), "seq=1 seq=2 all 2 seq=3 any 2 ");
  EXPECT_EQ(Shape("seq=1 seq=2"), Shape("seq=1 AND seq=2"));
}

TEST(Filter, NotNegatesWhatFollows) {
  EXPECT_EQ(Shape("NOT seq=1 OR seq=2"), "seq=1 not seq=2 any 2 ");
  EXPECT_EQ(Shape("-seq=1 -(seq=2 OR seq=3)"), "seq=1 not seq=2 seq=3 any 2 not all 2 ");
  EXPECT_EQ(Shape("NOT(NOT (seq=1))"), "seq=1 not not ");
  ExpectRefused("NOT NOT seq = 1", 5);
  ExpectRefused("seq = 1 AND NOT", 16);
}

TEST(Filter, RequiresWhatMustHold) {
  const auto required = [](const std::string& text) {
    return Filter::Parse(text)->required().size();
  };
  EXPECT_EQ(required("seq=1 AND seq<2 AND (actor=a AND NOT tenant=b)"), 3U);
  EXPECT_EQ(required("seq=1 OR seq=2"), 0U);
  EXPECT_EQ(required("NOT (seq=1 AND seq=2)"), 0U);
  EXPECT_EQ(required("(seq=1 OR seq=2) AND seq=3"), 1U);
}

TEST(Filter, StarsStandAtTheEndsOfText) {
  EXPECT_EQ(ValueOf("action = login_*"), "login_[*]");
  EXPECT_EQ(ValueOf("action != \"*_failed\""), "[*]_failed");
  EXPECT_EQ(ValueOf("actor = *영수*"), "[*]영수[*]");
  EXPECT_EQ(ValueOf(R"(actor = "\*x")"), "*x");
  EXPECT_EQ(ValueOf("ip_address = 10.0.*"), "10.0.[*]");
  EXPECT_EQ(ValueOf("details.who = a*"), "a[*]");
  ExpectRefused("action = log*in", 13);
  ExpectRefused("actor = \"a*b\"", 11);
  ExpectRefused("action > login*", 10);
  ExpectRefused("action : login*", 10);
  ExpectRefused("user_id = 4*", 11);
  ExpectRefused("outcome = F*", 11);
  ExpectRefused("event_time = 2026*", 14);
}

TEST(Filter, HasAsksForAnyValue) {
  EXPECT_EQ(ValueOf("actor:*"), "any");
  EXPECT_EQ(ValueOf("user_id : *"), "any");
  EXPECT_EQ(ValueOf("details:*"), "any");
  EXPECT_EQ(ValueOf("details.amount:*"), "any");
  EXPECT_EQ(ValueOf("actor:registrar"), "registrar");
}

TEST(Filter, HasAsksForTheWholeOfWhatHasNoParts) {
  EXPECT_EQ(Shape("ip_address : 10.0.0.1"), Shape("ip_address = 10.0.0.1"));
  EXPECT_EQ(Shape("user_id : 7"), Shape("user_id = 7"));
  EXPECT_NE(Shape("actor : u"), Shape("actor = u"));
  EXPECT_NE(Shape("ip_address:*"), Shape("ip_address = *"));
}

TEST(Filter, TakesAMemberOfDetailsForWhatJsonWould) {
  EXPECT_EQ(ValueOf("details.amount > 100"), "#100");
  EXPECT_EQ(ValueOf("details.amount > -9223372036854775808"), "#-9223372036854775808");
  EXPECT_EQ(ValueOf("details.amount > 9223372036854775808"), "~9223372036854775808@19");
  EXPECT_EQ(ValueOf("details.amount > 1e3"), "~1@4");
  EXPECT_EQ(ValueOf("details.amount > -12.50"), "~-125@2");
  EXPECT_EQ(ValueOf("details.amount = \"100\""), "100");
  EXPECT_EQ(ValueOf("details.to.who = 2026-01-31"), "2026-01-31");
  EXPECT_EQ(ValueOf("details.is_new = true"), "true");
  EXPECT_EQ(ValueOf("details.is_new = null"), "null");
  EXPECT_EQ(ValueOf("details.\"a b\".금액 = KRW"), "KRW");
  EXPECT_EQ(ValueOf("details:amount"), "amount");
  for (const char* text : {"007", "1.", ".5", "1e", "1e+", "0x10", "1_000", "--1", "-", "1.5.2"}) {
    EXPECT_EQ(ValueOf(absl::StrCat("details.amount = ", text)), text);
  }
  ExpectRefused("details = x", 11);
  ExpectRefused("details.is_new > true", 18);
  ExpectRefused("details. = 1", 9);
  ExpectRefused("details.\"a*\" = 1", 9);
}

TEST(Filter, AgoCountsFromNow) {
  const absl::Time now = absl::FromUnixSeconds(1'000'000);
  const auto seconds = [now](const std::string& duration) {
    const auto filter = Filter::Parse(absl::StrCat("created_at >= ago(\"", duration, "\")"), now);
    EXPECT_THAT(filter, IsOk()) << duration;
    return filter.ok() ? std::get<int64_t>(filter->required()[0].value) / 1'000'000 : 0;
  };
  EXPECT_EQ(seconds("90s"), 1'000'000 - 90);
  EXPECT_EQ(seconds("15m"), 1'000'000 - 900);
  EXPECT_EQ(seconds("1h30m"), 1'000'000 - 5'400);
  EXPECT_EQ(seconds("7d"), 1'000'000 - 604'800);
  EXPECT_EQ(seconds("1w"), 1'000'000 - 604'800);
  for (const char* wrong :
       {"", "h", "1", "1y", "-1h", "1.5h", "99999999999999999999s", "200000w", "*", "1h*"}) {
    EXPECT_EQ(
        ReasonIn(Filter::Parse(absl::StrCat("event_time > ago(\"", wrong, "\")"), now).status()),
        "FILTER_SYNTAX")
        << wrong;
  }
  ExpectRefused("created_at > ago(\"1h\")", 14);  // nobody said when
  ExpectRefused("actor = ago(\"1h\")", 9);
  ExpectRefused("created_at > ago(1h)", 18);
  ExpectRefused("created_at > ago(\"1h\"", 22);
  ExpectRefused("created_at > later(\"1h\")", 14);
}

TEST(Filter, OrdersOnlyWhatHasAnOrder) {
  EXPECT_EQ(ValueOf("actor >= b"), "b");
  EXPECT_EQ(ValueOf("user_id < 5"), "#5");
  ExpectRefused("outcome > SUCCESS", 11);
  ExpectRefused("source <= CLAIMED", 11);
  ExpectRefused("ip_address < 10.0.0.1", 14);
}

TEST(Filter, CountsColumnsInCharacters) {
  ExpectRefused("actor = 한글 AND user_id = x", 26);
  ExpectRefused("actor = \"😀\" colour = red", 13, "FILTER_FIELD_UNKNOWN");
}

TEST(Filter, ClosesItsParentheses) {
  ExpectRefused("(seq = 1", 1);
  ExpectRefused("(seq = 1 AND (seq = 2)", 1);
  ExpectRefused("seq = 1)", 8);
  ExpectRefused("()", 2);
  ExpectRefused("(seq = 1 OR)", 12);
  const std::string deepest = std::string(16, '(') + "seq = 1" + std::string(16, ')');
  EXPECT_THAT(Filter::Parse(deepest), IsOk());
  ExpectRefused("(" + deepest + ")", 17);
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
