// Rows of mig_quarantine that go back into their tables, and those that stay.

#include "migrator/sqlite/replay.h"

#include <string>

#include <gmock/gmock.h>

#include "core/clock.h"
#include "migrator/sqlite/quarantine.h"
#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::testing::AppDatabase;
using ::daybook::testing::Contents;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

constexpr char kReplayedRule[] =
    "step { add_check { table: 't' column: 'n' name: 't_n' rationale: 'r'"
    " rule { int64 { gte: 0 nullable: true } } on_violation { quarantine {} } } }";
constexpr char kDropCheck[] = "step { drop_check { table: 't' name: 't_n' rationale: 'r' } }";
constexpr char kReplayedRows[] = "SELECT quote(id) || quote(n) || quote(x) FROM t ORDER BY id";
constexpr char kStates[] = "SELECT state FROM mig_quarantine ORDER BY id";

// A table with two rows that break t_n, which are in quarantine.
class Replay : public ::testing::Test {
 protected:
  Replay()
      : app_(
            "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
            "INSERT INTO t VALUES (1, -1, 'one'), (2, 5, 'two'), (3, -3, NULL);") {
    EXPECT_THAT(app_.Apply(kReplayedRule), IsOk());
  }

  Replayed ReplayAll(const QuarantineChoice& choice = {}) {
    auto database = app_.Open();
    const auto replayed =
        ReplayRows(database, choice, {.run_id = "test-replay", .version = 0, .clock = clock_});
    EXPECT_THAT(replayed, IsOk());
    return replayed.value_or(Replayed());
  }

  SystemClock clock_;
  AppDatabase app_;
};

TEST_F(Replay, RowsThatStillBreakTheirConstraintStay) {
  const Contents before = app_.Read();

  const Replayed replayed = ReplayAll();

  EXPECT_EQ(replayed.rows_back, 0);
  EXPECT_EQ(replayed.rows_left, 2);
  EXPECT_THAT(replayed.obstacles.at(1), HasSubstr("t_n"));
  EXPECT_EQ(app_.Text(kStates), "held held");
  EXPECT_EQ(app_.Read(), before);
}

TEST_F(Replay, OnceTheRuleIsGoneEachRowComesBackOnce) {
  ASSERT_THAT(app_.Apply(kDropCheck), IsOk());

  EXPECT_EQ(ReplayAll().rows_back, 2);
  EXPECT_EQ(ReplayAll().rows_back, 0);

  EXPECT_EQ(app_.Text(kReplayedRows), "1-1'one' 25'two' 3-3NULL");
  EXPECT_EQ(app_.Text(kStates), "replayed replayed");
  EXPECT_EQ(app_.Text("SELECT count(*) FROM mig_event WHERE action = 'migration.rows_replayed'"),
            "1");
}

TEST_F(Replay, OnlyTheChosenRowComesBack) {
  ASSERT_THAT(app_.Apply(kDropCheck), IsOk());

  EXPECT_EQ(ReplayAll({.id = 2}).rows_back, 1);
  EXPECT_EQ(ReplayAll({.constraint = "another"}).rows_back, 0);

  EXPECT_EQ(app_.Text(kStates), "held replayed");
  EXPECT_EQ(ReplayAll({.constraint = "T_N"}).rows_back, 1);
}

TEST_F(Replay, ARowWhoseKeyIsTakenStays) {
  ASSERT_THAT(app_.Apply(kDropCheck), IsOk());
  app_.Sql("INSERT INTO t VALUES (1, 100, 'another')");

  const Replayed replayed = ReplayAll();

  EXPECT_EQ(replayed.rows_back, 1);
  EXPECT_THAT(replayed.obstacles.at(1), HasSubstr("another row has its key"));
  EXPECT_EQ(app_.Text(kReplayedRows), "1100'another' 25'two' 3-3NULL");
}

TEST_F(Replay, ARowWhoseTableOrColumnIsGoneStays) {
  app_.Sql("ALTER TABLE t DROP COLUMN x");
  EXPECT_THAT(ReplayAll().obstacles.at(1), HasSubstr("no column x"));

  app_.Sql("DROP TABLE t");
  EXPECT_THAT(ReplayAll().obstacles.at(1), HasSubstr("no table t"));
}

TEST_F(Replay, AColumnThatCameSinceTakesItsDefault) {
  ASSERT_THAT(app_.Apply(kDropCheck), IsOk());
  app_.Sql("ALTER TABLE t ADD COLUMN later INTEGER NOT NULL DEFAULT 7");

  EXPECT_EQ(ReplayAll().rows_back, 2);

  EXPECT_EQ(app_.Text("SELECT later FROM t"), "7 7 7");
}

TEST_F(Replay, NoTriggerFires) {
  ASSERT_THAT(app_.Apply(kDropCheck), IsOk());
  app_.Sql(
      "CREATE TABLE log (id); CREATE TRIGGER told AFTER INSERT ON t BEGIN"
      " INSERT INTO log VALUES (NEW.id); END;");

  EXPECT_EQ(ReplayAll().rows_back, 2);

  EXPECT_EQ(app_.Text("SELECT count(*) FROM log"), "0");
}

TEST_F(Replay, ARollbackAfterwardsFindsNothingMoreToPutBack) {
  ASSERT_THAT(app_.Apply(kDropCheck), IsOk());
  EXPECT_EQ(ReplayAll({.id = 1}).rows_back, 1);
  app_.Sql("UPDATE t SET n = 1 WHERE id = 1");
  ASSERT_THAT(app_.RollBack(), IsOk());

  ASSERT_THAT(app_.RollBack(), IsOk());

  EXPECT_EQ(app_.Text(kReplayedRows), "11'one' 25'two' 3-3NULL");
}

TEST(ReplayOfReplacedRows, TheOriginalTakesThePlaceOfWhatReplacedIt) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "INSERT INTO t VALUES (1, -1, 'one'), (3, -3, NULL)");
  ASSERT_THAT(app.Apply("step { add_check { table: 't' column: 'n' name: 't_n' rationale: 'r'"
                        " rule { int64 { gte: 0 } } on_violation { clamp {} } } }"),
              IsOk());
  ASSERT_THAT(app.Apply(kDropCheck), IsOk());
  app.Sql("UPDATE t SET x = 'edited' WHERE id = 3");
  SystemClock clock;
  auto database = app.Open();

  const auto replayed =
      ReplayRows(database, {}, {.run_id = "test-replay", .version = 0, .clock = clock});

  ASSERT_THAT(replayed, IsOk());
  EXPECT_EQ(replayed->rows_back, 1);
  EXPECT_EQ(app.Text(kReplayedRows), "1-1'one' 30'edited'");
  EXPECT_EQ(app.Text(kStates), "replayed held");
}

TEST(ReplayOfTypes, EveryTypeComesBackAsItWas) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, r REAL, b BLOB, x TEXT, a);"
      "INSERT INTO t VALUES (1, -1, 1.0, x'00ff', CAST(x'ff41' AS TEXT), 1.0),"
      " (2, -2, -0.0, zeroblob(3), 'a' || char(0), '1'), (3, -3, 1e999, NULL, '', -1);");
  constexpr char kAll[] =
      "SELECT id || quote(n) || typeof(r) || quote(r) || quote(b) || hex(x) || typeof(a)"
      " || quote(a) FROM t ORDER BY id";
  const std::string before = app.Text(kAll);
  ASSERT_THAT(app.Apply(kReplayedRule), IsOk());
  ASSERT_THAT(app.Apply(kDropCheck), IsOk());
  SystemClock clock;
  auto database = app.Open();

  const auto replayed =
      ReplayRows(database, {}, {.run_id = "test-replay", .version = 0, .clock = clock});

  ASSERT_THAT(replayed, IsOk());
  EXPECT_EQ(replayed->rows_back, 3);
  EXPECT_EQ(app.Text(kAll), before);
}

TEST(ReplayOfTypes, ARowThatItsTableWouldHoldOtherwiseStays) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x);"
      "INSERT INTO t VALUES (1, -1, 7), (2, -2, 'seven');");
  ASSERT_THAT(app.Apply(kReplayedRule), IsOk());
  app.Sql("DROP TABLE t; CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT)");
  SystemClock clock;
  auto database = app.Open();

  const auto replayed =
      ReplayRows(database, {}, {.run_id = "test-replay", .version = 0, .clock = clock});

  ASSERT_THAT(replayed, IsOk());
  EXPECT_EQ(replayed->rows_back, 1);
  EXPECT_THAT(replayed->obstacles.at(1), HasSubstr("hold it otherwise"));
  EXPECT_EQ(app.Text(kReplayedRows), "2-2'seven'");
  EXPECT_EQ(app.Text(kStates), "held replayed");
}

// A parent and its child, both in quarantine; the rule that took them is gone.
class ReplayOfFamilies : public ::testing::Test {
 protected:
  static constexpr char kTables[] =
      "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id));"
      "INSERT INTO p VALUES (1, -1), (2, 2); INSERT INTO c VALUES (10, 1), (20, 2);";

  ReplayOfFamilies() : app_(kTables) {
    EXPECT_THAT(app_.Apply("step { add_check { table: 'p' column: 'n' name: 'p_n' rationale: 'r'"
                           " rule { int64 { gte: 0 } }"
                           " on_violation { quarantine { with_referencing_rows: true } } } }"),
                IsOk());
    EXPECT_EQ(app_.Text("SELECT count(*) FROM mig_quarantine"), "2");
    EXPECT_THAT(app_.Apply("step { drop_check { table: 'p' name: 'p_n' rationale: 'r' } }"),
                IsOk());
  }

  absl::StatusOr<Replayed> Try(const QuarantineChoice& choice) {
    auto database = app_.Open();
    return ReplayRows(database, choice, {.run_id = "test-replay", .version = 0, .clock = clock_});
  }

  int64_t IdOf(const std::string& table) {
    return std::stoll(
        app_.Text("SELECT id FROM mig_quarantine WHERE table_name = '" + table + "'"));
  }

  SystemClock clock_;
  AppDatabase app_;
};

TEST_F(ReplayOfFamilies, ParentAndChildComeBackTogether) {
  const auto replayed = Try({});

  ASSERT_THAT(replayed, IsOk());
  EXPECT_EQ(replayed->rows_back, 2);
  EXPECT_EQ(app_.Text("SELECT id FROM c"), "10 20");
  EXPECT_EQ(app_.Text("PRAGMA foreign_key_check"), "");
}

TEST_F(ReplayOfFamilies, AChildWithoutItsParentStays) {
  const auto alone = Try({.id = IdOf("c")});

  ASSERT_THAT(alone, IsOk());
  EXPECT_EQ(alone->rows_back, 0);
  EXPECT_THAT(alone->obstacles.begin()->second, HasSubstr("not there"));
  EXPECT_EQ(app_.Text("SELECT id FROM c"), "20");

  EXPECT_EQ(Try({.id = IdOf("p")}).value().rows_back, 1);
  EXPECT_EQ(Try({.id = IdOf("c")}).value().rows_back, 1);
  EXPECT_EQ(app_.Text("PRAGMA foreign_key_check"), "");
}

TEST(ReplayWithoutRowid, AnOrphanStaysAndTellsItsWholeTable) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER);"
      "CREATE TABLE c (k TEXT PRIMARY KEY, p INTEGER REFERENCES p (id)) WITHOUT ROWID;"
      "INSERT INTO p VALUES (1, -1); INSERT INTO c VALUES ('a', 1);");
  ASSERT_THAT(app.Apply("step { add_check { table: 'p' column: 'n' name: 'p_n' rationale: 'r'"
                        " rule { int64 { gte: 0 } }"
                        " on_violation { quarantine { with_referencing_rows: true } } } }"),
              IsOk());
  SystemClock clock;
  auto database = app.Open();

  const auto replayed =
      ReplayRows(database, {}, {.run_id = "test-replay", .version = 0, .clock = clock});

  ASSERT_THAT(replayed, IsOk());
  EXPECT_EQ(replayed->rows_back, 0);
  EXPECT_EQ(replayed->rows_left, 2);
  EXPECT_EQ(app.Text("SELECT count(*) FROM c"), "0");
  EXPECT_EQ(app.Text(kStates), "held held");
}

TEST(Purge, OnlyHashRuleAndNumberStay) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "INSERT INTO t VALUES (1, -1, 'Kim'), (2, -2, 'Lee');");
  ASSERT_THAT(app.Apply(kReplayedRule), IsOk());
  const std::string hashes = app.Text("SELECT original_hash FROM mig_quarantine");
  auto database = app.Open();

  absl::StatusOr<int64_t> purged = 0;
  ASSERT_THAT(database.InTransaction([&] {
    purged = PurgeRows(database, {.table = "T"}, [](const QuarantinedRow& row) {
      return HasValue(row.kept.original, "X", "Kim");
    });
    return purged.status();
  }),
              IsOk());

  EXPECT_EQ(*purged, 1);
  EXPECT_EQ(app.Text(kStates), "purged held");
  EXPECT_EQ(app.Text("SELECT original FROM mig_quarantine WHERE id = 1"), "{}");
  EXPECT_EQ(app.Text("SELECT original_hash FROM mig_quarantine"), hashes);
  EXPECT_EQ(CountPurged(database, 1, 1).value(), 1);
  EXPECT_EQ(CountPurged(database, 1, 2).value(), 0);
}

TEST(Purge, AWayBackSaysWhatDoesNotComeBack) {
  AppDatabase app(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT);"
      "INSERT INTO t VALUES (1, -1, 'Kim'), (2, -2, 'Lee');");
  ASSERT_THAT(app.Apply(kReplayedRule), IsOk());
  auto database = app.Open();
  ASSERT_THAT(database.InTransaction([&] {
    return PurgeRows(database, {.id = 1}, [](const auto&) { return true; }).status();
  }),
              IsOk());

  ASSERT_THAT(app.RollBack(), IsOk());

  EXPECT_EQ(app.Text(kReplayedRows), "2-2'Lee'");
  EXPECT_THAT(app.observer.notes, ::testing::Contains(HasSubstr("purged: 1 rows")));
}

TEST(Purge, AWayBackThatIsBlockedByItSaysSo) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, n INTEGER);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id));"
      "INSERT INTO p VALUES (1, -1); INSERT INTO c VALUES (10, 1);");
  ASSERT_THAT(app.Apply("step { add_check { table: 'p' column: 'n' name: 'p_n' rationale: 'r'"
                        " rule { int64 { gte: 0 } }"
                        " on_violation { quarantine { with_referencing_rows: true } } } }"),
              IsOk());
  auto database = app.Open();
  ASSERT_THAT(database.InTransaction([&] {
    return PurgeRows(database, {.table = "p"}, [](const auto&) { return true; }).status();
  }),
              IsOk());

  const absl::Status back = app.RollBack();

  EXPECT_EQ(migration::ExitCodeOf(back), migration::ExitCode::kVerification) << back;
  EXPECT_THAT(std::string(back.message()), HasSubstr("were purged from mig_quarantine"));
  EXPECT_EQ(app.Text("SELECT max(version) FROM mig_history"), "1");
}

TEST(RowsThatNobodyApproved, AreNotTouchedThoughTheyComeAfterThePlan) {
  AppDatabase app("CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER, x TEXT)");
  auto database = app.Open();
  migration::MigrationFile file;
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
      absl::StrCat("version: 1 name: 'test' ", kReplayedRule), &file.migration));
  Enums enums;
  Plan plan = PlanUp(file.migration, SchemaModel::Read(database).value(), enums).value();
  for (Action& action : plan.actions) {
    if (auto* const mend = std::get_if<Mend>(&action)) mend->is_unapproved = true;
  }
  app.Sql("INSERT INTO t VALUES (1, -1, 'late')");
  const Contents before = app.Read();
  SystemClock clock;
  testing::RecordingObserver observer;

  const absl::Status refused = ApplyOne(
      database, file, plan, {.run_id = "r", .build = "b", .clock = clock, .observer = observer});

  EXPECT_TRUE(absl::IsAborted(refused)) << refused;
  EXPECT_EQ(app.Read(), before);
}

TEST(HasValue, ValuesAreComparedAsTheyAreWritten) {
  Row row;
  const auto add = [&](const std::string& column) {
    auto& cell = *row.add_cell();
    cell.set_column(column);
    return &cell;
  };
  add("i")->set_integer(-7);
  add("r")->set_real("0.5");
  add("t")->set_text("Kim");
  add("b")->set_blob(std::string("\0\xff", 2));
  add("z");

  EXPECT_TRUE(HasValue(row, "I", "-7"));
  EXPECT_TRUE(HasValue(row, "r", "0.50"));
  EXPECT_TRUE(HasValue(row, "t", "Kim"));
  EXPECT_TRUE(HasValue(row, "b", "00ff"));
  EXPECT_FALSE(HasValue(row, "t", "kim"));
  EXPECT_FALSE(HasValue(row, "i", "-7.0"));
  EXPECT_FALSE(HasValue(row, "z", "NULL"));
  EXPECT_FALSE(HasValue(row, "other", "Kim"));
}

}  // namespace
}  // namespace daybook::migrator::sqlite
