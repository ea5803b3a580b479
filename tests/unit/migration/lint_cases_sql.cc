#include "unit/migration/lint_cases.h"

namespace daybook::migration::cases {

std::vector<LintCase> SqlCases() {
  const auto check = [](const std::string& sql) { return SqlCheck(sql); };
  const std::string query = "invariant { name: \"n\" ";
  return {
      {"sql-incomplete", "invariant { name: \"n\" }", query + "sql: \"SELECT 1\" }"},
      {"sql-incomplete", query + "sqlite: \"SELECT 1\" }",
       query + "sqlite: \"SELECT 1\" postgres: \"SELECT 1\" }"},
      {"sql-incomplete", Check("expression { sql { postgres: \"c > 0\" } }"),
       Check("expression { sql { sql: \"c > 0\" postgres: \"c > 0\" } }")},
      {"sql-empty", Run("-- later"), Run("SELECT 1 -- later")},
      {"sql-empty", Run(" ; /* ; */ ; "), Run("ANALYZE")},
      {"sql-unreadable", check("c > 'x"), check("c > 'x'")},
      {"sql-unreadable", Run("SELECT 12ab"), RunPostgres("SELECT 1::bigint")},
      {"sql-not-an-expression", check("c > 0) OR (1"), check("(c > 0) OR (c < -1)")},
      {"sql-not-an-expression", check("c > 0; DROP TABLE t"), check("c <> ';'")},
      {"sql-not-an-expression", check("c > 0 -- why"), check("c > 0 /* why */")},
      {"sql-not-an-expression",
       "step { create_index { table: \"t\" name: \"i\" columns: \"c\" where: \"(c > 0\" } }",
       "step { create_index { table: \"t\" name: \"i\" columns: \"c\" where: \"(c > 0)\" } }"},
      {"double-quoted-literal", check("c = \\\"PENDING\\\""), check("c = 'PENDING'")},
      {"double-quoted-literal", check("c IN ('A', \\\"B\\\")"), check("c IN ('A', 'B')")},
      {"double-quoted-literal", check("d = \\\"x\\\""), check("d = \\\"c\\\"")},
      {"double-quoted-literal", check("d = \\\"x\\\""), check("\\\"x\\\" = d OR d = \\\"x\\\"")},
      {"double-quoted-literal", check("d = \\\"x\\\""), check("d = t.\\\"x\\\" OR d = [x]")},
      {"double-quoted-literal", Run("UPDATE t SET c = \\\"x\\\""),
       RunPostgres("UPDATE t SET c = \\\"x\\\"")},
      {"double-quoted-literal", Run("INSERT INTO t (c) VALUES (1, \\\"x\\\")"),
       Run("INSERT INTO t (\\\"x\\\") SELECT 1")},
      {"double-quoted-literal", check("d = \\\"Pending\\\""), check("d = \\\"amountUsd\\\"")},
      {"non-deterministic-check", check("c < CURRENT_TIMESTAMP"), check("c < 'CURRENT_TIMESTAMP'")},
      {"non-deterministic-check", check("c < now()"), check("c < now")},
      {"non-deterministic-check", check("c < date('now', '-1 day')"),
       check("c < date(d, '-1 day')")},
      {"non-deterministic-check", check("c < datetime()"), check("c < datetime(d)")},
      {"non-deterministic-check", Run("CREATE TABLE u (a INTEGER CHECK (a < random()))"),
       Run("CREATE TABLE u (a INTEGER DEFAULT (random()) CHECK (a > 0))")},
      {"non-deterministic-check",
       "step { create_index { table: \"t\" name: \"i\" columns: \"c\" where: \"c > now()\" } }",
       query + "sql: \"SELECT now()\" }"},
      {"subquery-in-check", check("c IN (SELECT d FROM u)"), check("c IN (1, 2)")},
      {"unquoted-mixed-case", check("usdValue > 0"), check("\\\"usdValue\\\" > 0")},
      {"unquoted-mixed-case",
       NewTable("") +
           "step { create_table { name: \"Wallet\" column { name: \"c\" type: TEXT } } }" + query +
           "sql: \"SELECT c FROM Wallet\" }",
       query + "sql: \"Select c From wallet\" }"},
      {"unquoted-mixed-case", check("usdValue > 0"),
       Check(absl::StrCat("expression { sql { sqlite: \"usdValue > 0\" postgres: \"c > 0\" } }",
                          kProbes))},
  };
}

std::vector<LintCase> StatementCases() {
  const std::string trigger =
      "CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET c = CASE c WHEN 1 THEN 2 END; END; ";
  const std::string outside = "outside_transaction: true";
  const std::string query = "invariant { name: \"n\" sql: \"";
  return {
      {"insert-or-ignore", Run("INSERT OR IGNORE INTO t SELECT * FROM u"),
       Run("INSERT INTO t SELECT * FROM u")},
      {"insert-or-ignore", Run("insert or replace into t select 1"),
       Run("SELECT replace(c, 1, 2) FROM t")},
      {"insert-or-ignore", Run("REPLACE INTO t SELECT 1"),
       Run("CREATE OR REPLACE VIEW v AS SELECT 1")},
      {"insert-or-ignore", Run("CREATE TABLE u (a UNIQUE ON CONFLICT IGNORE)"),
       Run("CREATE TABLE u (a UNIQUE ON CONFLICT FAIL)")},
      {"insert-or-ignore", Run("INSERT INTO t SELECT 1 ON CONFLICT (c) DO NOTHING"),
       Run("INSERT INTO t SELECT 1 ON CONFLICT (c) DO UPDATE SET c = 2")},
      {"not-in-subquery", Run("DELETE FROM t WHERE c NOT IN (SELECT d FROM u)"),
       Run("DELETE FROM t WHERE c IN (SELECT d FROM u)")},
      {"not-in-subquery", query + "SELECT 1 FROM t WHERE c NOT IN (SELECT d FROM u)\" }",
       query + "SELECT 1 FROM t WHERE c NOT IN (1, 2)\" }"},
      {"transaction-control", Run("BEGIN; SELECT 1; COMMIT"), Run(trigger + "SELECT 1")},
      {"transaction-control", Run("PRAGMA foreign_keys = OFF"), Run("SELECT pragma FROM t")},
      {"transaction-control", Run(trigger + "END"), Run("SELECT 'COMMIT; BEGIN'")},
      {"transaction-control", RunPostgres("VACUUM t"), RunPostgres("VACUUM t", outside)},
      {"transaction-control", RunPostgres("COMMIT"),
       RunPostgres("CREATE FUNCTION f() RETURNS int AS $x$BEGIN COMMIT; don't END$x$ LANGUAGE "
                   "plpgsql; SELECT 1")},
      {"concurrently-in-transaction", RunPostgres("CREATE INDEX CONCURRENTLY i ON t (c)"),
       RunPostgres("CREATE INDEX CONCURRENTLY i ON t (c)", outside)},
      {"outside-transaction-many", RunPostgres("VACUUM t; VACUUM u", outside),
       RunPostgres("VACUUM t;", outside)},
      {"not-valid-and-validate-together",
       RunPostgres(
           "ALTER TABLE t ADD CHECK (c > 0) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT k"),
       RunPostgres("ALTER TABLE t ADD CHECK (c > 0) NOT VALID") +
           RunPostgres("ALTER TABLE t VALIDATE CONSTRAINT k")},
      {"not-a-select", query + "DELETE FROM t\" }", query + "SELECT 1;\" }"},
      {"not-a-select", query + "SELECT 1; SELECT 2\" }",
       query + "WITH x AS (SELECT 1) SELECT 1\" }"},
      {"undeclared-change", Run("UPDATE u SET c = 1"), Run("UPDATE main.T SET c = 1")},
      {"undeclared-change", Run("INSERT INTO \\\"u\\\" SELECT 1"),
       Run("CREATE TABLE IF NOT EXISTS u (a); INSERT INTO U SELECT 1")},
      {"undeclared-change", Run("DELETE FROM u"), Run("SELECT 1 FROM u")},
      {"undeclared-change", Run("WITH x AS (SELECT 1) UPDATE u SET c = 1"),
       Run("CREATE TRIGGER g AFTER UPDATE ON t BEGIN DELETE FROM u; END")},
      {"undeclared-change", RunPostgres("TRUNCATE TABLE u"),
       RunPostgres("SELECT 1 FROM u FOR UPDATE")},
      {"undeclared-change", Run("INSERT OR ABORT INTO u SELECT 1"),
       NewTable("") + Run("INSERT INTO t SELECT 1")},
  };
}

}  // namespace daybook::migration::cases
