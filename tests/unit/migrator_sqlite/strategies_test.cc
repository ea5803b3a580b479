// Which way a migration takes, and that each way ends in the same.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"

#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::ExitCode;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::ExpectRefused;
using ::daybook::testing::ExpectThereAndBack;
using ::daybook::testing::IsOk;

constexpr auto kEdit = Plan::Strategy::kSchemaEdit;
constexpr auto kWrite = Plan::Strategy::kSingleTransaction;

constexpr char kStrategySchema[] =
    "CREATE TABLE p (id INTEGER PRIMARY KEY);"
    "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT, p INTEGER REFERENCES p(id));"
    "CREATE INDEX by_n ON t (n); INSERT INTO p VALUES (1);"
    "INSERT INTO t VALUES (1, 5, 'a', 1), (2, 6, 'b', 1);";

struct Choice {
  std::string steps;
  Plan::Strategy strategy;
};

const Choice kChoices[] = {
    {"step { add_check { table: 't' column: 'n' name: 'c' rule { int64 { gte: 0 } } rationale: 'r' "
     "} }",
     kEdit},
    {"step { alter_foreign_key { table: 't' columns: 'p' on_delete: RESTRICT rationale: 'r' } }",
     kEdit},
    {"step { add_foreign_key { table: 't' name: 'f' columns: 'n' references_table: 't' rationale: "
     "'r'"
     " on_violation { set_null {} } } }",
     kWrite},
    {"step { add_foreign_key { table: 't' name: 'f' columns: 'p' references_table: 'p' rationale: "
     "'r' } }",
     kEdit},
    {"step { add_foreign_key { table: 't' name: 'f' columns: 'p' references_table: 'p' rationale: "
     "'r'"
     " index_name: 'by_p' } }",
     kWrite},
    {"step { add_column { table: 't' column { name: 'c' type: TEXT } rationale: 'r' } }", kEdit},
    {"step { add_column { table: 't' column { name: 'c' type: BOOLEAN not_null: true "
     "default_value: '0' }"
     " rationale: 'r' } }",
     kEdit},
    {"step { add_column { table: 't' column { name: 'c' type: TIMESTAMP default_value: "
     "'CURRENT_TIMESTAMP' }"
     " backfill_null: true rationale: 'r' } }",
     kWrite},
    {"step { drop_column { table: 't' column: 'x' rationale: 'r' } }", kWrite},
    {"step { create_index { table: 't' name: 'i' columns: 'x' } }", kWrite},
    {"step { backfill { table: 't' column: 'x' fill { value { sql: '1' } } rationale: 'r' } }",
     kWrite},
    {"step { create_table { name: 'u' column { name: 'a' type: TEXT } rationale: 'r' } }", kWrite},
    {"step { add_enum { name: 'e' values: 'a' rationale: 'r' } }", kWrite},
    {"step { add_check { table: 't' column: 'n' name: 'c' rule { int64 { gte: 6 } } rationale: 'r'"
     " on_violation { clamp {} } } }",
     kWrite},
    {"step { add_column { table: 't' column { name: 'c' type: INTEGER default_value: '1' } "
     "rationale: 'r' } }"
     "step { add_check { table: 't' column: 'c' name: 'k' rule { int64 { gte: 0 } } rationale: 'r' "
     "} }",
     kEdit},
};

class EachChoice : public ::testing::TestWithParam<Choice> {};
INSTANTIATE_TEST_SUITE_P(All, EachChoice, ::testing::ValuesIn(kChoices),
                         [](const auto& choice) { return absl::StrCat("Choice", choice.index); });

TEST_P(EachChoice, IsTheQuickestThatIsSafe) {
  AppDatabase app(kStrategySchema);

  ExpectThereAndBack(app, GetParam().steps);

  EXPECT_EQ(app.strategy, GetParam().strategy);
}

TEST_P(EachChoice, EndsInTheSameWhateverTheWay) {
  AppDatabase quick(kStrategySchema);
  AppDatabase anew(kStrategySchema, {.always_anew = true});

  ASSERT_THAT(quick.Apply(GetParam().steps), IsOk());
  ASSERT_THAT(anew.Apply(GetParam().steps), IsOk());

  EXPECT_EQ(quick.Read(), anew.Read());
}

TEST_P(EachChoice, IsRefusedWhereOnlyTextMayChangeAndRowsMust) {
  AppDatabase app(kStrategySchema);
  const std::string migration = absl::StrCat("strategy: SCHEMA_EDIT ", GetParam().steps);

  if (GetParam().strategy == kEdit) {
    ExpectThereAndBack(app, migration);
  } else if (!absl::StrContains(GetParam().steps, "add_enum")) {
    ExpectRefused(app, migration, ExitCode::kFailed, "rows or indexes must be written");
  }
}

TEST(Strategies, StagesAreRefused) {
  AppDatabase app(kStrategySchema);

  ExpectRefused(app,
                "strategy: STAGED"
                " step { create_index { table: 't' name: 'i' columns: 'x' rationale: 'r' } }",
                ExitCode::kFailed, "all steps are one transaction");
}

TEST(Strategies, ALargeTableIsNotWrittenAnewForTheFewRowsThatBreakACheck) {
  AppDatabase app(kStrategySchema);
  const std::string root = app.Text("SELECT rootpage FROM sqlite_schema WHERE name = 't'");

  ASSERT_THAT(
      app.Apply(R"(step { add_check { table: "t" column: "n" name: "c" rule { int64 { gte: 6 } }
    rationale: "r" on_violation { quarantine {} } } })"),
      IsOk());

  EXPECT_EQ(app.Text("SELECT rootpage FROM sqlite_schema WHERE name = 't'"), root);
  EXPECT_EQ(app.Text("SELECT id FROM t"), "2");
}

TEST(Strategies, SeveralStepsOnOneTableWriteItOnce) {
  AppDatabase app(kStrategySchema, {.always_anew = true});

  const std::string migration = R"(
    step { add_check { table: "t" column: "n" name: "c1" rule { int64 { gte: 6 } } rationale: "r"
      on_violation { quarantine {} } } }
    step { add_column { table: "t" column { name: "a" type: TEXT } rationale: "r" } }
    step { add_check { table: "p" column: "id" name: "c2" rule { int64 { gte: 0 } } rationale: "r" } }
    step { add_column { table: "t" column { name: "b" type: INTEGER } backfill { value { sql: "n" } } rationale: "r" } }
    step { drop_column { table: "t" column: "x" rationale: "r" } }
    step { alter_foreign_key { table: "t" columns: "p" on_delete: RESTRICT rationale: "r" } })";
  ExpectThereAndBack(app, migration);

  AppDatabase first(kStrategySchema, {.always_anew = true});
  ASSERT_THAT(first.Apply(migration), IsOk());

  int rebuilds = 0;
  for (const std::string& note : first.observer.notes) {
    rebuilds += static_cast<int>(note == "rebuild: writing table t anew");
  }
  EXPECT_EQ(rebuilds, 1);
}

TEST(Strategies, RowsThatComeBetweenThePlanAndTheLockAskForANewPlan) {
  AppDatabase app(kStrategySchema);
  db::sqlite::Connection database = app.Open();
  migration::MigrationFile file;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      "version: 1 name: 'n' step { add_check { table: 't' column: 'n' name: 'c' rule { int64 { "
      "gte: 0 } }"
      " on_violation { quarantine {} } rationale: 'r' } }",
      &file.migration));
  Enums enums;
  auto plan = PlanUp(file.migration, SchemaModel::Read(database).value(), enums);
  ASSERT_THAT(plan, IsOk());
  ASSERT_THAT(ChooseStrategy({}, {}, *plan), IsOk());
  ASSERT_EQ(plan->strategy, kEdit);
  app.Sql("INSERT INTO t VALUES (3, -1, 'c', 1)");
  SystemClock clock;
  testing::RecordingObserver observer;
  const auto before = app.Read();

  const absl::Status refused = ApplyOne(
      database, file, *plan, {.run_id = "r", .build = "b", .clock = clock, .observer = observer});

  EXPECT_TRUE(absl::IsAborted(refused)) << refused;
  EXPECT_EQ(app.Read(), before);
}

TEST(Strategies, AReaderInWalModeSeesTheOldRowsUntilTheEnd) {
  AppDatabase app(kStrategySchema, {.wal = true, .always_anew = true});
  db::sqlite::Connection reader = app.Open();
  ASSERT_THAT(reader.Execute("BEGIN"), IsOk());
  ASSERT_EQ(AppDatabase::TextIn(reader, "SELECT count(*) FROM t"), "2");

  EXPECT_THAT(
      app.Apply(
          R"(step { add_column { table: "t" column { name: "a" type: TEXT } rationale: "r" } })"),
      IsOk());

  EXPECT_EQ(AppDatabase::TextIn(reader, "SELECT count(*) FROM pragma_table_info('t')"), "4");
  ASSERT_THAT(reader.Execute("COMMIT"), IsOk());
  EXPECT_EQ(AppDatabase::TextIn(reader, "SELECT count(*) FROM pragma_table_info('t')"), "5");
}

TEST(Strategies, AReaderInDeleteModeIsInTheWayAndThatIsSaid) {
  AppDatabase app(kStrategySchema);
  app.on_open = "PRAGMA busy_timeout = 10";
  {
    db::sqlite::Connection reader = app.Open();
    ASSERT_THAT(reader.Execute("BEGIN"), IsOk());
    ASSERT_EQ(AppDatabase::TextIn(reader, "SELECT count(*) FROM t"), "2");

    ExpectRefused(app, R"(step { create_index { table: "t" name: "i" columns: "x" } })",
                  ExitCode::kServiceLive, "another program is using the database");
  }
  EXPECT_THAT(app.Apply(R"(step { create_index { table: "t" name: "i" columns: "x" } })"), IsOk());
}

}  // namespace
}  // namespace daybook::migrator::sqlite
