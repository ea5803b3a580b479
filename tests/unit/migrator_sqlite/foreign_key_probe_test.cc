// Probes of foreign keys.

#include "migrator/sqlite/foreign_key_probe.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::sqltext::FkAction;
using ::daybook::testing::AppDatabase;
using ::daybook::testing::Contents;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::Contains;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const ForeignKeyToProve kWanted{.table = "c", .columns = {"p"}, .parent = "p"};

// The database must be afterwards what it was before.
ProbeResult ProbeIn(const AppDatabase& app, const ForeignKeyToProve& wanted) {
  const Contents before = app.Read();
  db::sqlite::Connection database = app.Open();
  const auto result = ProbeForeignKey(database, wanted);
  EXPECT_THAT(result, IsOk());
  EXPECT_EQ(AppDatabase::TextIn(database, "PRAGMA foreign_keys"), "0");
  EXPECT_EQ(AppDatabase::TextIn(database, "SELECT name FROM sqlite_temp_schema"), "");
  EXPECT_EQ(app.Read(), before);
  return result.ok() ? *result : ProbeResult();
}

std::string ProbedFamily(const std::string& clauses, bool with_rows = true) {
  return absl::StrCat(
      "CREATE TABLE p (id INTEGER PRIMARY KEY, n); CREATE TABLE log (x);"
      "CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER DEFAULT 3 REFERENCES p(id) ",
      clauses,
      "); CREATE TRIGGER tr AFTER DELETE ON p BEGIN INSERT INTO log VALUES (1); END;"
      "CREATE TRIGGER tr2 AFTER UPDATE ON c BEGIN INSERT INTO log VALUES (2); END;",
      with_rows ? "INSERT INTO p VALUES (1, 1), (2, 2), (3, 3);"
                  "INSERT INTO c VALUES (10, 1), (11, 2), (12, NULL);"
                : "");
}

struct Action {
  std::string sql;
  FkAction action;
};

const Action kActions[] = {
    {"", FkAction::kNone},
    {"NO ACTION", FkAction::kNoAction},
    {"RESTRICT", FkAction::kRestrict},
    {"CASCADE", FkAction::kCascade},
    {"SET NULL", FkAction::kSetNull},
    {"SET DEFAULT", FkAction::kSetDefault},
};

TEST(ForeignKeyProbe, ProvesEveryActionDeferredOrNotWithRowsAndWithout) {
  for (const Action& on_delete : kActions) {
    for (const Action& on_update : kActions) {
      for (const char* const deferred : {"", " DEFERRABLE INITIALLY DEFERRED"}) {
        for (const bool with_rows : {true, false}) {
          const std::string clauses =
              absl::StrCat(on_delete.sql.empty() ? "" : "ON DELETE ", on_delete.sql,
                           on_update.sql.empty() ? "" : " ON UPDATE ", on_update.sql, deferred);
          SCOPED_TRACE(clauses);
          const AppDatabase app(ProbedFamily(clauses, with_rows));
          ForeignKeyToProve wanted = kWanted;
          wanted.on_delete = on_delete.action;
          wanted.on_update = on_update.action;

          const ProbeResult result = ProbeIn(app, wanted);

          EXPECT_THAT(result.faults, IsEmpty());
          EXPECT_THAT(result.accepted, Gt(0));
          EXPECT_THAT(result.refused, Gt(0));
        }
      }
    }
  }
}

TEST(ForeignKeyProbe, FindsAnotherActionThanWasDeclared) {
  for (const Action& is : kActions) {
    for (const Action& wanted : kActions) {
      const bool same = is.action == wanted.action ||
                        (is.sql.empty() && wanted.sql == "NO ACTION") ||
                        (wanted.sql.empty() && is.sql == "NO ACTION");
      if (same) continue;
      const AppDatabase app(ProbedFamily(is.sql.empty() ? "" : "ON DELETE " + is.sql));
      ForeignKeyToProve key = kWanted;
      key.on_delete = wanted.action;
      EXPECT_THAT(ProbeIn(app, key).faults, Contains(HasSubstr("must say ON DELETE")));
    }
  }
}

TEST(ForeignKeyProbe, FindsAKeyThatIsMissingOrLeadsNowhere) {
  const std::vector<std::string> schemas = {
      ("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER, q INTEGER REFERENCES "
       "p(id));"),
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p INTEGER REFERENCES other(id));",
      "CREATE TABLE c (p INTEGER REFERENCES p);",
      "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE d (p);",
  };
  for (const std::string& schema : schemas) {
    const AppDatabase app(schema);
    EXPECT_THAT(ProbeIn(app, kWanted).faults, Contains(HasSubstr("has no foreign key (p) to p")))
        << schema;
  }
}

TEST(ForeignKeyProbe, KeysOfEveryKindOfTableAreProved) {
  const std::vector<std::string> schemas = {
      ("CREATE TABLE p (k TEXT COLLATE NOCASE PRIMARY KEY) WITHOUT ROWID;"
       "CREATE TABLE c (p TEXT PRIMARY KEY REFERENCES p) WITHOUT ROWID;"
       "INSERT INTO p VALUES ('a'), ('b'); INSERT INTO c VALUES ('A');"),
      ("CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE);"
       "CREATE TABLE c (id INTEGER PRIMARY KEY, p TEXT NOT NULL UNIQUE CHECK (p <> 'x') REFERENCES "
       "p(code));"
       "INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES (1, 'a');"),
      ("CREATE TABLE p (id INTEGER PRIMARY KEY) STRICT; CREATE TABLE c (p INTEGER REFERENCES p) "
       "STRICT;"
       "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1);"),
      ("CREATE TABLE p (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p); CREATE TABLE c (p "
       "REFERENCES p);"
       "INSERT INTO p VALUES (1, 1), (2, 1); INSERT INTO c VALUES (1);"),
      ("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (rowid, oid, _rowid_, p REFERENCES "
       "p);"
       "INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1, 2, 3, 1);"),
      ("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p, q REFERENCES p);"
       "CREATE TABLE d (x REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1), (2);"
       "INSERT INTO c VALUES (1, 2); INSERT INTO d VALUES (1);"),
  };
  for (const std::string& schema : schemas) {
    SCOPED_TRACE(schema);
    const AppDatabase app(schema);
    const ProbeResult result = ProbeIn(app, kWanted);
    EXPECT_THAT(result.faults, IsEmpty());
    EXPECT_THAT(result.accepted, Gt(0));
    EXPECT_THAT(result.refused, Gt(0));
  }
}

TEST(ForeignKeyProbe, KeysOfSeveralColumnsAndToTheTableItselfAreProved) {
  const AppDatabase app(
      "CREATE TABLE p (a INTEGER, b TEXT, PRIMARY KEY (a, b));"
      "CREATE TABLE c (y TEXT, x INTEGER, FOREIGN KEY (x, y) REFERENCES p ON DELETE CASCADE);"
      "INSERT INTO p VALUES (1, 'a'), (2, 'b'); INSERT INTO c VALUES ('a', 1), (NULL, 5);"
      "CREATE TABLE t (id INTEGER PRIMARY KEY, up INTEGER REFERENCES t ON DELETE SET NULL);"
      "INSERT INTO t VALUES (1, 1), (2, 1);");

  EXPECT_THAT(
      ProbeIn(app,
              {.table = "c", .columns = {"x", "y"}, .parent = "p", .on_delete = FkAction::kCascade})
          .faults,
      IsEmpty());
  EXPECT_THAT(
      ProbeIn(app,
              {.table = "t", .columns = {"up"}, .parent = "t", .on_delete = FkAction::kSetNull})
          .faults,
      IsEmpty());
}

TEST(ForeignKeyProbe, ProvesWhatAMigrationPromised) {
  AppDatabase app(
      "CREATE TABLE p (id INTEGER PRIMARY KEY); INSERT INTO p VALUES (1), (2);"
      "CREATE TABLE c (p INTEGER REFERENCES p ON DELETE CASCADE); INSERT INTO c VALUES (1);"
      "CREATE TABLE d (x INTEGER); INSERT INTO d VALUES (2);");
  migration::v1::Migration migration;
  const std::string text = R"(
    step { alter_foreign_key { table: "c" columns: "p" on_delete: RESTRICT on_update: CASCADE rationale: "r" } }
    step { add_foreign_key { table: "d" name: "d_x" columns: "x" references_table: "p" on_delete: SET_NULL rationale: "r" } }
    step { create_table { name: "e" rationale: "r" column { name: "y" type: INTEGER }
      foreign_key { name: "e_y" columns: "y" references_table: "d2" } } }
    step { drop_table { name: "e" rationale: "r" } })";
  const std::string with_parent = absl::StrCat(
      "step { create_table { name: 'd2' rationale: 'r' column { name: 'id' generated_key: true } } "
      "}",
      text);
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(with_parent, &migration));
  Enums enums;
  db::sqlite::Connection database = app.Open();
  const Plan plan = PlanUp(migration, SchemaModel::Read(database).value(), enums).value();
  ASSERT_EQ(plan.foreign_keys.size(), 2U);
  for (const ForeignKeyToProve& key : plan.foreign_keys) {
    EXPECT_THAT(ProbeForeignKey(database, key)->faults, Not(IsEmpty()));
  }

  ASSERT_THAT(app.Apply(with_parent), IsOk());

  for (const ForeignKeyToProve& key : plan.foreign_keys) {
    EXPECT_THAT(ProbeIn(app, key).faults, IsEmpty());
  }
}

TEST(ForeignKeyProbe, NeedsToBeOutsideATransaction) {
  const AppDatabase app(ProbedFamily(""));
  db::sqlite::Connection database = app.Open();
  ASSERT_THAT(database.Execute("BEGIN"), IsOk());

  EXPECT_THAT(ProbeForeignKey(database, kWanted), HasCode(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace daybook::migrator::sqlite
