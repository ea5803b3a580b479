// What a run tells of itself: how far it is, what it took and found.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/app_database.h"
#include "support/failure_matchers.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::ExitCode;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::Contents;
using ::daybook::testing::FailsWith;
using ::daybook::testing::IsOk;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::Pair;
using ::testing::SizeIs;

// 20,000 rows from -9,999 on, and a table without rowids.
constexpr char kAccountedSchema[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"
    "WITH RECURSIVE i (x) AS (SELECT -9999 UNION ALL SELECT x + 1 FROM i WHERE x < 10000)"
    " INSERT INTO t SELECT x, abs(x) FROM i;"
    "CREATE TABLE k (name TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO k VALUES ('a');";

constexpr char kRebuild[] =
    "strategy: SINGLE_TX budget { migrate_seconds: 100 lock_hold_seconds: 200 }"
    " step { add_check { table: 't' column: 'n' name: 'c' rule { int64 { gte: 0 } }"
    " rationale: 'r' } }";

constexpr char kWarning[] =
    "strategy: SINGLE_TX"
    " step { add_check { table: 't' column: 'n' name: 'c' rule { int64 { gte: 0 } }"
    " rationale: 'r' } }"
    " assertion { name: 'few rows' sql: 'SELECT 1' severity: WARNING moment: AFTER }";

std::vector<std::string> NamesOf(const std::vector<RunAccount::Phase>& phases) {
  std::vector<std::string> names;
  names.reserve(phases.size());
  for (const RunAccount::Phase& phase : phases) names.push_back(phase.name);
  return names;
}

TEST(Account, RowsReadWrittenAndVerifiedAreToldWithHowManyThereAre) {
  AppDatabase app(kAccountedSchema);

  ASSERT_THAT(app.Apply(kRebuild), IsOk());

  EXPECT_THAT(app.observer.progress["reading rows"],
              ElementsAre(Pair(4'096, 20'000), Pair(8'192, 20'000), Pair(12'288, 20'000),
                          Pair(16'384, 20'000)));
  EXPECT_THAT(app.observer.progress["verifying rows"],
              AllOf(SizeIs(4), Each(Pair(Ge(4'096), 20'001))));
  // Some hundred rows apart, by the rowid that was written last.
  EXPECT_THAT(app.observer.progress["writing t"],
              AllOf(SizeIs(Ge(5U)), Each(Pair(AllOf(Ge(1), Le(20'000)), 20'000))));
}

TEST(Account, RowidsAtTheEndsOfTheirRangeDoNoHarm) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER);"
      "INSERT INTO t VALUES (-9223372036854775808, 1), (9223372036854775807, 2)");

  ASSERT_THAT(app.Apply(kRebuild), IsOk());

  EXPECT_EQ(app.Text("SELECT id FROM t"), "-9223372036854775808 9223372036854775807");
}

TEST(Account, HasTheTimesTheBudgetAndTheRowsOfARun) {
  AppDatabase app(kAccountedSchema);

  ASSERT_THAT(app.Apply(kRebuild), IsOk());

  ASSERT_THAT(app.observer.accounts, SizeIs(1));
  const RunAccount& account = app.observer.accounts[0];
  EXPECT_THAT(NamesOf(account.phases), ElementsAre("remember", "migrate", "verify"));
  EXPECT_EQ(account.phases[1].allowed, absl::Seconds(100));
  EXPECT_EQ(account.phases[2].allowed, absl::InfiniteDuration());
  EXPECT_EQ(account.lock.allowed, absl::Seconds(200));
  absl::Duration parts;
  for (const RunAccount::Phase& phase : account.phases) {
    EXPECT_GT(phase.took, absl::ZeroDuration()) << phase.name;
    parts += phase.took;
  }
  EXPECT_LE(parts, account.lock.took);
  EXPECT_LE(account.lock.took, account.whole.took);
  EXPECT_THAT(account.rows_before, ElementsAre(Pair("k", 1), Pair("t", 20'000)));
  EXPECT_EQ(account.rows_after, account.rows_before);
  EXPECT_GT(account.passed, 5);
  EXPECT_EQ(account.failed, 0);
}

TEST(Account, IsGivenOfARunThatFailsToo) {
  AppDatabase app(kAccountedSchema);

  ASSERT_THAT(app.Apply("step { sql { up { sql: 'UPDATE t SET n = abs(-9223372036854775808)' } "
                        "irreversible: 'r' changes_table: 't' rationale: 'r' } }"),
              FailsWith(ExitCode::kFailed));

  ASSERT_THAT(app.observer.accounts, SizeIs(1));
  EXPECT_THAT(NamesOf(app.observer.accounts[0].phases), ElementsAre("remember", "migrate"));
}

TEST(Account, AWarningOfVerificationIsAnErrorWhereItIsToBe) {
  AppDatabase app(kAccountedSchema);
  const Contents before = app.Read();
  app.warnings_are_errors = true;

  const absl::Status refused = app.Apply(kWarning);

  EXPECT_THAT(refused, FailsWith(ExitCode::kVerification));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("few rows"));
  EXPECT_EQ(app.Read(), before);

  app.warnings_are_errors = false;
  EXPECT_THAT(app.Apply(kWarning), IsOk());
  EXPECT_THAT(app.observer.notes, Contains(HasSubstr("few rows")));
}

TEST(Account, ARunThatIsNotOverByItsEndIsRolledBack) {
  AppDatabase app(kAccountedSchema);
  const Contents before = app.Read();
  app.end = absl::Now();

  const absl::Status late = app.Apply(kRebuild);

  EXPECT_THAT(late, FailsWith(ExitCode::kBudget));
  EXPECT_THAT(std::string(late.message()), HasSubstr("the test has passed"));
  EXPECT_EQ(app.Read(), before);
}

}  // namespace
}  // namespace daybook::migrator::sqlite
