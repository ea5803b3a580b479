#include "detect/rules_file.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "support/status_matchers.h"

namespace daybook::detect {
namespace {

using ::daybook::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kGood[] = R"(rule {
  name: "failed_logins"
  filter: "action = login_failed"
  group_by: GROUP_BY_ACTOR
  window: "10m"
  threshold: 5
}
)";

// What is said of a file with one rule of these fields.
std::string ProblemOf(const std::string& fields) {
  const auto rules = ParseRules("r.txt", absl::StrCat("rule {\n  ", fields, "\n}\n"));
  EXPECT_TRUE(absl::IsInvalidArgument(rules.status())) << rules.status();
  return std::string(rules.status().message());
}

std::string ProblemOfCount(const std::string& fields) {
  return ProblemOf(absl::StrCat(R"(name: "a" window: "1m" threshold: 2 )", fields));
}

TEST(ParseRules, ReadsARuleThatCounts) {
  const auto rules = ParseRules("r.txt", kGood);
  ASSERT_THAT(rules, IsOk());

  ASSERT_EQ(rules->size(), 1U);
  const Rule& rule = *rules->front();
  EXPECT_EQ(rule.name, "failed_logins");
  EXPECT_EQ(rule.kind, Rule::Kind::kCount);
  EXPECT_EQ(rule.severity, audit::v1::SEVERITY_WARNING);
  EXPECT_EQ(rule.group_by, std::vector<audit::v1::GroupBy>{audit::v1::GROUP_BY_ACTOR});
  EXPECT_EQ(rule.window, 600'000'000);
  EXPECT_EQ(rule.cooldown, rule.window);
  EXPECT_EQ(rule.threshold, 5U);
  EXPECT_FALSE(rule.distinct.has_value());
}

TEST(ParseRules, ReadsTheOtherKinds) {
  const auto rules = ParseRules("r.txt", R"(
    rule { name: "d" count_distinct: GROUP_BY_ACTOR window: "1h30m" threshold: 1 cooldown: "7d" }
    rule { name: "s" then: "action = login" window: "1s" threshold: 10000
           severity: SEVERITY_CRITICAL }
    rule { name: "silent" silent_for: "10s" group_by: [GROUP_BY_PRODUCER, GROUP_BY_TENANT] })");
  ASSERT_THAT(rules, IsOk());

  ASSERT_EQ(rules->size(), 3U);
  EXPECT_EQ((*rules)[0]->distinct, audit::v1::GROUP_BY_ACTOR);
  EXPECT_EQ((*rules)[0]->cooldown, Micros{7} * 24 * 3600 * 1'000'000);
  EXPECT_EQ((*rules)[1]->kind, Rule::Kind::kSequence);
  EXPECT_EQ((*rules)[1]->severity, audit::v1::SEVERITY_CRITICAL);
  EXPECT_EQ((*rules)[2]->kind, Rule::Kind::kAbsence);
  EXPECT_EQ((*rules)[2]->window, 10'000'000);
}

TEST(ParseRules, AnEmptyFileHasNoRules) {
  EXPECT_TRUE(ParseRules("r.txt", "# none yet\n").value().empty());
}

TEST(ParseRules, SaysWhereTheTextIsWrong) {
  EXPECT_THAT(ProblemOf("nam: \"a\""), StartsWith("r.txt:2:6: "));
  EXPECT_THAT(ProblemOf("nam: \"a\""), HasSubstr("no field named \"nam\""));
  EXPECT_THAT(ProblemOf("name: a"), StartsWith("r.txt:2:9: "));
  EXPECT_THAT(ProblemOf("group_by: GROUP_BY_SHOE"), HasSubstr("GROUP_BY_SHOE"));
  EXPECT_THAT(ProblemOf("name: \"a\" name: \"b\""), HasSubstr("multiple times"));
  EXPECT_THAT(ProblemOf("}"), StartsWith("r.txt:3:1: "));
}

TEST(ParseRules, SaysLineColumnAndRuleOfWhatIsWrong) {
  const std::string problem = ProblemOf("name: \"a\" window: \"1m\"\n  threshold: 0");

  EXPECT_EQ(problem, "r.txt:3:3: rule a: threshold must be 1 to 10000");
}

TEST(ParseRules, SaysWhereInAFilterTheProblemIs) {
  EXPECT_EQ(ProblemOfCount("\n  filter: \"action = \""),
            "r.txt:3:3: rule a: filter column 10: a value is expected");
  EXPECT_THAT(ProblemOfCount("filter: \"acton = login\""), HasSubstr("filter column 1: "));
  EXPECT_THAT(ProblemOfCount("then: \"login\""), HasSubstr("then column "));
}

TEST(ParseRules, ARuleHasNoAgo) {
  EXPECT_THAT(ProblemOfCount("filter: 'created_at > ago(\"1h\")'"),
              HasSubstr("filter column 14: ago has no meaning here"));
}

TEST(ParseRules, WhatIsMissingIsMissedWhereTheRuleBegins) {
  EXPECT_THAT(ProblemOf("name: \"a\" threshold: 2"),
              StartsWith("r.txt:2:3: rule a: window is missing"));
  EXPECT_THAT(ProblemOf("name: \"a\" window: \"1m\""), HasSubstr("threshold must be 1 to 10000"));
  EXPECT_THAT(ProblemOf("window: \"1m\" threshold: 1"), HasSubstr("rule without a name: name"));
}

TEST(ParseRules, RefusesValuesOutOfTheirBounds) {
  for (const char* window : {"0s", "8d", "1", "m", "-1m", "1 m", "1ms", "99999999999999999999d"}) {
    EXPECT_THAT(ProblemOf(absl::StrCat(R"(name: "a" threshold: 1 window: ")", window, "\"")),
                HasSubstr("window must be a duration from 1s to 7d"))
        << window;
  }
  EXPECT_THAT(ProblemOf(R"(name: "a" silent_for: "9s")"), HasSubstr("from 10s to 7d"));
  EXPECT_THAT(ProblemOfCount("cooldown: \"15d\""), HasSubstr("cooldown must be a duration"));
  EXPECT_THAT(ProblemOf(R"(name: "a" window: "1m" threshold: 10001)"), HasSubstr("threshold"));
  for (const char* name : {"", "A", "1a", "a-b", "a b", "é"}) {
    EXPECT_THAT(ProblemOf(absl::StrCat(R"(window: "1m" threshold: 1 name: ")", name, "\"")),
                HasSubstr("name must be 1 to 64 of a-z 0-9 _"))
        << name;
  }
  EXPECT_THAT(
      ProblemOf(absl::StrCat(R"(window: "1m" threshold: 1 name: ")", std::string(65, 'a'), "\"")),
      HasSubstr("name must be"));
  EXPECT_THAT(ProblemOfCount("severity: 9"), HasSubstr("severity"));
  EXPECT_THAT(ProblemOfCount("count_distinct: 99"), HasSubstr("count_distinct names no field"));
}

TEST(ParseRules, RefusesGroupsThatMakeNoSense) {
  EXPECT_THAT(ProblemOfCount("group_by: GROUP_BY_UNSPECIFIED"), HasSubstr("names no field"));
  EXPECT_THAT(ProblemOfCount("group_by: [GROUP_BY_ACTOR, GROUP_BY_ACTOR]"),
              HasSubstr("names a field twice"));
  EXPECT_THAT(ProblemOfCount("group_by: [GROUP_BY_ACTOR, GROUP_BY_TENANT, GROUP_BY_ACTION, "
                             "GROUP_BY_OUTCOME, GROUP_BY_PRODUCER]"),
              HasSubstr("has more than 4 fields"));
  EXPECT_THAT(ProblemOfCount("group_by: GROUP_BY_ACTOR count_distinct: GROUP_BY_ACTOR"),
              HasSubstr("never more than one value"));
}

TEST(ParseRules, AnAbsenceOnlyHasASilence) {
  const std::string problems = ProblemOf(
      R"(name: "a" silent_for: "1m" window: "1m" threshold: 1 then: "seq = 1" cooldown: "1m"
         count_distinct: GROUP_BY_ACTOR)");

  for (const char* field : {"window", "threshold", "then", "cooldown", "count_distinct"}) {
    EXPECT_THAT(problems, HasSubstr(absl::StrCat(field, " does not go with silent_for")));
  }
}

TEST(ParseRules, TellsOfAllProblemsAtOnce) {
  const auto rules = ParseRules("r.txt", absl::StrCat(kGood, kGood, "rule { name: \"b\" }"));

  EXPECT_THAT(std::string(rules.status().message()),
              HasSubstr("r.txt:8:1: rule failed_logins: there is one of this name already"));
  EXPECT_THAT(std::string(rules.status().message()), HasSubstr("rule b: window is missing"));
  EXPECT_THAT(std::string(rules.status().message()), HasSubstr("rule b: threshold must be"));
}

std::string ManyRules(size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    absl::StrAppend(&text, "rule { name: \"r", i, "\" window: \"1m\" threshold: 1 }\n");
  }
  return text;
}

TEST(ParseRules, TakesAHundredRulesAndNoMore) {
  EXPECT_EQ(ParseRules("r.txt", ManyRules(100)).value().size(), 100U);
  EXPECT_THAT(std::string(ParseRules("r.txt", ManyRules(101)).status().message()),
              StartsWith("r.txt:101:1: there are more than 100 rules"));
}

TEST(ParseRules, RefusesAFileThatIsTooLarge) {
  const auto rules = ParseRules("r.txt", std::string((1 << 20) + 1, '#'));

  EXPECT_THAT(std::string(rules.status().message()), HasSubstr("larger than 1 MiB"));
}

TEST(ParseRules, ARuleThatCountsTheSameIsTheSame) {
  const std::string same = R"(rule { name: "failed_logins" description: "other words"
    severity: SEVERITY_CRITICAL filter: "action=login_failed" group_by: GROUP_BY_ACTOR
    window: "600s" threshold: 5 cooldown: "10m" })";
  const std::string other = R"(rule { name: "failed_logins" filter: "action=login_failed"
    group_by: GROUP_BY_ACTOR window: "600s" threshold: 6 })";
  const std::string identity = ParseRules("r.txt", kGood).value().front()->identity;

  EXPECT_EQ(ParseRules("r.txt", same).value().front()->identity, identity);
  EXPECT_NE(ParseRules("r.txt", other).value().front()->identity, identity);
}

}  // namespace
}  // namespace daybook::detect
