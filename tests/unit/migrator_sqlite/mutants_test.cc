// What if a step of the engine did not do its work? Each test stands between the
// change and its verification, spoils one thing as a faulty engine would, and
// asks whether verification sees it.

#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "google/protobuf/text_format.h"
#include "migrator/sqlite/execute.h"
#include "migrator/sqlite/session.h"
#include "migrator/sqlite/verify.h"
#include "migrator/sqlite/write_proof.h"
#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::Contents;
using ::daybook::testing::IsOk;
using ::daybook::testing::RecordingObserver;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMutatedSchema[] =
    "CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, n INTEGER);"
    "CREATE TABLE c (k TEXT PRIMARY KEY, p INTEGER REFERENCES p(id) ON DELETE CASCADE, a);"
    "CREATE TABLE untouched (x TEXT);"
    "CREATE INDEX by_n ON p (n); CREATE VIEW v AS SELECT n FROM p;"
    "CREATE TRIGGER tr AFTER INSERT ON p BEGIN DELETE FROM untouched WHERE 0; END;"
    "INSERT INTO p (n) VALUES (1), (2), (-3), (4), (5); DELETE FROM p WHERE id = 5;"
    "INSERT INTO c VALUES ('a', 1, 1), ('b', 1, '1'), ('c', 2, NULL);"
    "INSERT INTO untouched VALUES ('x'), ('y');";

constexpr char kMutatedMigration[] = R"(version: 1 name: "m" strategy: SINGLE_TX
  step { add_check { table: "p" column: "n" name: "p_n" rule { int64 { gte: 0 } } rationale: "r"
    on_violation { quarantine {} } } }
  step { add_check { table: "c" column: "p" name: "c_p" rule { int64 { gt: 0 } } rationale: "r" } }
  step { add_column { table: "c" column { name: "b" type: BOOLEAN not_null: true default_value: "0" }
    rationale: "r" } }
  step { add_column { table: "c" column { name: "m" type: INTEGER not_null: true default_value: "7" }
    rationale: "r" } })";

struct Spoil {
  std::function<void(Connection&)> before = [](Connection&) {};  // outside the transaction
  std::function<void(Connection&)> after = [](Connection&) {};
};

void Do(Connection& database, const std::string& sql) {
  EXPECT_THAT(database.Execute(sql), IsOk()) << sql;
}

// What verification says after `spoil`.
std::vector<std::string> Faults(const Spoil& spoil, const std::string& text = kMutatedMigration) {
  AppDatabase app(kMutatedSchema);
  const Contents contents = app.Read();
  Connection database = app.Open();
  migration::v1::Migration migration;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &migration));
  Enums enums;
  Plan plan = PlanUp(migration, SchemaModel::Read(database).value(), enums).value();
  EXPECT_THAT(ChooseStrategy(migration.strategy(), {"p"}, plan), IsOk());
  SystemClock clock;
  RecordingObserver observer;
  const RunIdentity run{.run_id = "r", .version = 1, .clock = clock};
  Findings findings;
  {
    const auto session = Session::Begin(database);
    spoil.before(database);
    EXPECT_TRUE(absl::IsCancelled(database.InTransaction([&]() -> absl::Status {
      EXPECT_THAT(CreateRecords(database), IsOk());
      auto books = Conservation::Begin(database, plan);
      const auto remembered = Remember(database);
      EXPECT_THAT(Execute(database, plan, run, *books, observer), IsOk());
      spoil.after(database);
      EXPECT_THAT(database.Execute("PRAGMA foreign_keys = OFF"), IsOk());
      findings = VerifySchema(database, plan).value();
      Append(VerifyConstraints(database, plan, Depth::kRowsAndProbes).value(), findings);
      Append(VerifyKept(database, plan, *books, *remembered).value(), findings);
      return absl::CancelledError("a trial");
    })));
  }
  EXPECT_EQ(app.Read(), contents);
  return findings.failed;
}

std::vector<std::string> FaultsAfter(const std::string& sql) {
  return Faults({.after = [&](Connection& database) { Do(database, sql); }});
}

// Changes the stored text of an object and nothing else.
std::string Rewrite(const std::string& name, const std::string& from, const std::string& to) {
  return absl::StrCat("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '",
                      from, "', '", to, "') WHERE name = '", name,
                      "'; PRAGMA writable_schema = RESET;");
}

TEST(Mutants, TheEngineAsItIsHasNoFault) { EXPECT_THAT(Faults({}), IsEmpty()); }

TEST(Mutants, ForeignKeysLeftOn) {
  // DROP TABLE p then takes the rows of c along, and the check is clean.
  const auto faults =
      Faults({.before = [](Connection& database) { Do(database, "PRAGMA foreign_keys = ON"); }});

  EXPECT_THAT(faults, Contains(HasSubstr("table c has 0 rows and must have 3")));
}

TEST(Mutants, ARowThatTheCopyIgnored) {
  EXPECT_THAT(FaultsAfter("DELETE FROM c WHERE k = 'b'"),
              Contains(HasSubstr("table c has 2 rows and must have 3")));
}

TEST(Mutants, ARowThatTheCopyDoubled) {
  EXPECT_THAT(FaultsAfter("INSERT INTO untouched VALUES ('x')"),
              Contains(HasSubstr("table untouched has 3 rows and must have 2")));
}

TEST(Mutants, ValuesThatChangedPlaces) {
  EXPECT_THAT(FaultsAfter("UPDATE untouched SET x = CASE x WHEN 'x' THEN 'y' ELSE 'x' END"),
              Contains(HasSubstr("table untouched: rows are not what they were")));
}

TEST(Mutants, AValueThatChangedItsType) {
  EXPECT_THAT(FaultsAfter("UPDATE c SET a = '1' WHERE k = 'a'"),
              Contains(HasSubstr("table c: rows are not what they were")));
  EXPECT_THAT(FaultsAfter("UPDATE c SET a = '' WHERE k = 'c'"),
              Contains(HasSubstr("table c: rows are not what they were")));
}

TEST(Mutants, RowidsThatWereNotCopied) {
  EXPECT_THAT(FaultsAfter("UPDATE c SET rowid = rowid + 10"),
              Contains(HasSubstr("table c: rows are not what they were")));
}

TEST(Mutants, ASequenceThatWasNotRestored) {
  EXPECT_THAT(FaultsAfter("UPDATE sqlite_sequence SET seq = 4"),
              Contains(HasSubstr("the sequence of p was 5 and is 4")));
  EXPECT_THAT(FaultsAfter("DELETE FROM sqlite_sequence"),
              Contains(HasSubstr("the sequence of p was 5 and is gone")));
}

TEST(Mutants, AQuarantineRecordThatWasNotWritten) {
  EXPECT_THAT(FaultsAfter("DELETE FROM mig_quarantine"),
              Contains(HasSubstr("mig_quarantine was given 1 rows and holds 0")));
}

TEST(Mutants, AQuarantineRecordThatIsNotTheRow) {
  EXPECT_THAT(
      FaultsAfter("UPDATE mig_quarantine SET original = replace(original, '-3', '-4')"),
      Contains(HasSubstr("mig_quarantine was given 1 rows and holds 1, but not as they were")));
}

TEST(Mutants, AnIndexATriggerOrAViewThatWasNotMadeAgain) {
  EXPECT_THAT(FaultsAfter("DROP INDEX by_n"), Contains("index by_n is missing"));
  EXPECT_THAT(FaultsAfter("DROP TRIGGER tr"), Contains("trigger tr is missing"));
  EXPECT_THAT(FaultsAfter("DROP VIEW v"), Contains("view v is missing"));
}

TEST(Mutants, SomethingThatWasLeftBehind) {
  EXPECT_THAT(FaultsAfter("CREATE TABLE mig_new_p (x)"),
              Contains("table mig_new_p should not be there"));
}

TEST(Mutants, AConstraintThatWasNotMade) {
  const auto faults = FaultsAfter(
      Rewrite("p", ", CONSTRAINT \"p_n\" CHECK (typeof(\"n\") = ''integer'' AND \"n\" >= 0)", ""));

  EXPECT_THAT(faults, Contains(HasSubstr("table p is not what was declared")));
  EXPECT_THAT(faults, Contains("table p has no constraint p_n"));
}

TEST(Mutants, AConstraintUnderAnotherName) {
  EXPECT_THAT(FaultsAfter(Rewrite("p", "\"p_n\"", "\"p_m\"")),
              Contains("table p has no constraint p_n"));
}

TEST(Mutants, AConstraintWithAnotherExpression) {
  EXPECT_THAT(FaultsAfter(Rewrite("p", ">= 0", "> 0")),
              Contains("constraint p_n of p is not what was declared"));
  EXPECT_THAT(FaultsAfter(Rewrite("c", "> 0", ">= 0")),
              Contains("constraint c_p of c is not what was declared"));
}

TEST(Mutants, AViolatorThatNobodyLookedFor) {
  EXPECT_THAT(FaultsAfter("PRAGMA ignore_check_constraints = ON; UPDATE p SET n = -1 WHERE id = 1;"
                          "PRAGMA ignore_check_constraints = OFF"),
              Contains("1 rows of p break p_n"));
}

TEST(Mutants, AValueThatIsMissingInAColumnThatRequiresOne) {
  EXPECT_THAT(FaultsAfter(absl::StrCat(Rewrite("c", "NOT NULL DEFAULT 7", "DEFAULT 7"),
                                       "UPDATE c SET m = NULL;",
                                       Rewrite("c", "DEFAULT 7", "NOT NULL DEFAULT 7"))),
              Contains("3 rows of c have no m"));
}

TEST(Mutants, ANotNullThatIsNotEnforced) {
  EXPECT_THAT(FaultsAfter(Rewrite("c", "NOT NULL DEFAULT 7", "DEFAULT 7")),
              Contains("probe of c.m NOT NULL: INSERT with m = NULL went in"));
}

TEST(Mutants, ATypesCheckThatIsMissing) {
  EXPECT_THAT(FaultsAfter(Rewrite("c", "\"b\" IN (0, 1)", "\"b\" IN (0, 1, 2)")),
              Contains("constraint c_b_bool of c is not what was declared"));
}

TEST(Mutants, AnOrphanThatWasMade) {
  EXPECT_THAT(FaultsAfter("UPDATE c SET p = 99 WHERE k = 'a'"),
              Contains(HasSubstr("c row 1 names a row of p that is not there")));
}

TEST(Mutants, ATableThatIsGone) {
  EXPECT_THAT(FaultsAfter("DROP TABLE untouched"),
              Contains("table untouched is gone, with 2 rows"));
}

// What the fast path proves instead of comparing rows.

TEST(Mutants, ARowWrittenWhereOnlyTextMayChange) {
  AppDatabase app(kMutatedSchema);
  Connection database = app.Open();
  const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
    auto proof = WriteProof::Begin(database);
    EXPECT_THAT(proof, IsOk());
    for (const char* const sql :
         {"UPDATE p SET n = 0", "DELETE FROM c", "INSERT INTO untouched VALUES ('z')",
          "DROP TABLE c", "REPLACE INTO c VALUES ('a', 2, 2)", "UPDATE sqlite_sequence SET seq = 0",
          "ALTER TABLE c DROP COLUMN a"}) {
      EXPECT_FALSE(database.Execute(sql).ok()) << sql;
    }
    EXPECT_THAT(proof->End(), IsOk());
    return absl::CancelledError("a trial");
  });
}

TEST(Mutants, ATableOrIndexMovedWhereOnlyTextMayChange) {
  AppDatabase app(kMutatedSchema);
  Connection database = app.Open();
  const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
    auto proof = WriteProof::Begin(database);
    EXPECT_THAT(database.Execute("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage ="
                                 " rootpage + 1 WHERE name = 'untouched'"),
                IsOk());
    EXPECT_EQ(migration::ExitCodeOf(proof->End()), migration::ExitCode::kVerification);
    return absl::CancelledError("a trial");
  });
}

}  // namespace
}  // namespace daybook::migrator::sqlite
