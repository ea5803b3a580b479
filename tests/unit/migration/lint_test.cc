#include "migrator/migration/lint.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "support/status_matchers.h"
#include "unit/migration/lint_cases.h"

namespace daybook::migration {
namespace {

using ::daybook::migration::cases::IntegerCheck;
using ::daybook::migration::cases::kContract;
using ::daybook::migration::cases::kRename;
using ::daybook::migration::cases::LintCase;
using ::daybook::migration::cases::NewColumn;
using ::daybook::migration::cases::NewTable;
using ::daybook::testing::IsOk;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

std::vector<MigrationFile> ParseSet(const std::string& text) {
  std::vector<MigrationFile> files;
  for (const absl::string_view part : absl::StrSplit(text, "---")) {
    const std::string name = absl::StrCat("000", files.size() + 1, "_m.textproto");
    const std::string head = absl::StrCat("version: ", files.size() + 1, " name: \"m\"\n");
    auto file = ParseMigration(name, absl::StrCat(head, part));
    EXPECT_THAT(file, IsOk()) << part;
    if (file.ok()) files.push_back(*std::move(file));
  }
  return files;
}

std::vector<Finding> LintText(const std::string& text) { return Lint(ParseSet(text)); }

std::vector<std::string> IdsIn(const std::string& text) {
  std::vector<std::string> ids;
  for (const Finding& finding : LintText(text)) ids.push_back(finding.id);
  return ids;
}

std::vector<LintCase> AllCases() {
  std::vector<LintCase> all;
  for (const auto& some :
       {cases::RequiredCases(), cases::ValueCases(), cases::NameCases(), cases::EntryCases(),
        cases::PolicyCases(), cases::CriticalCases(), cases::PhaseCases(), cases::ChangeCases(),
        cases::ColumnCases(), cases::SqlCases(), cases::StatementCases()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

class LintRuleTest : public ::testing::TestWithParam<LintCase> {};

TEST_P(LintRuleTest, FindsWhatBreaksIt) {
  EXPECT_THAT(IdsIn(GetParam().breaks), Contains(GetParam().id));
}

TEST_P(LintRuleTest, PassesWhatNearlyDoes) {
  EXPECT_THAT(IdsIn(GetParam().nearly), Not(Contains(GetParam().id))) << GetParam().nearly;
}

INSTANTIATE_TEST_SUITE_P(All, LintRuleTest, ::testing::ValuesIn(AllCases()));

TEST(Lint, FindsAGap) {
  std::vector<MigrationFile> files = ParseSet("------");
  files.erase(files.begin() + 1);

  std::vector<std::string> ids;
  for (const Finding& finding : Lint(files)) ids.push_back(finding.id);
  EXPECT_THAT(ids, Contains("version-gap"));
  EXPECT_THAT(IdsIn("---"), Not(Contains("version-gap")));
}

TEST(Lint, HasACaseForEachRule) {
  std::set<std::string> tested = {"version-gap"};
  for (const LintCase& c : AllCases()) tested.insert(c.id);
  std::set<std::string> rules;
  for (const LintRule& rule : LintRules()) rules.insert(rule.id);

  EXPECT_EQ(tested, rules);
  EXPECT_EQ(rules.size(), LintRules().size()) << "an id is there twice";
}

TEST(Lint, RulesAreStableWordsWithHelp) {
  for (const LintRule& rule : LintRules()) {
    EXPECT_TRUE(std::all_of(rule.id.begin(), rule.id.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || c == '-';
    })) << rule.id;
    EXPECT_FALSE(rule.help.empty()) << rule.id;
  }
}

TEST(Lint, SaysWhereAndWhat) {
  const auto findings = LintText(IntegerCheck("gte: 0") + "---" + NewTable("primary_key: \"d\"") +
                                 IntegerCheck("gte: 2 lte: 1 } } on_violation { truncate { "));

  ASSERT_EQ(findings.size(), 4U);
  EXPECT_THAT(
      findings[0],
      AllOf(Field(&Finding::id, "unknown-column"), Field(&Finding::file, "0002_m.textproto"),
            Field(&Finding::step, 1), Field(&Finding::message, "create_table: t has no column d"),
            Field(&Finding::severity, Severity::kError)));
  EXPECT_THAT(findings[1], AllOf(Field(&Finding::id, "bounds-contradict"), Field(&Finding::step, 2),
                                 Field(&Finding::message, StartsWith("add_check.rule.int64: "))));
  EXPECT_THAT(findings[2], Field(&Finding::id, "duplicate-name"));
  EXPECT_THAT(findings[3], AllOf(Field(&Finding::id, "truncate-unfit"),
                                 Field(&Finding::message, HasSubstr("max_chars"))));
}

TEST(Lint, SaysInWhichLineOfLongSql) {
  EXPECT_THAT(LintText(cases::Run("SELECT 1;\\n\\nCOMMIT;")),
              ElementsAre(Field(&Finding::message, StartsWith("sql.up: line 3: COMMIT"))));
  EXPECT_THAT(LintText(cases::Run("COMMIT;\\n")),
              ElementsAre(Field(&Finding::message, StartsWith("sql.up: COMMIT"))));
}

TEST(Lint, FindsNothingInNothing) { EXPECT_THAT(Lint(std::vector<MigrationFile>()), IsEmpty()); }

TEST(Lint, SaysNothingOfWhatOnlyEarlierMigrationsCouldTell) {
  std::vector<MigrationFile> files =
      ParseSet("---" + std::string(kContract) + kRename + NewColumn("enum_type: \"e\""));
  files.erase(files.begin());

  EXPECT_THAT(Lint(files), IsEmpty());
}

}  // namespace
}  // namespace daybook::migration
