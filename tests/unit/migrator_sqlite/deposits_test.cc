// The first migration that Daybook was asked for, on the data it was asked for.

#include <string>

#include <gmock/gmock.h>

#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::testing::AppDatabase;
using ::daybook::testing::Contents;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::HasSubstr;

constexpr char kFixture[] = R"(
CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, telegram_id TEXT UNIQUE NOT NULL, username TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE user_deposits (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL UNIQUE, balance INTEGER NOT NULL DEFAULT 0,
  created_at DATETIME DEFAULT CURRENT_TIMESTAMP, updated_at DATETIME DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (user_id) REFERENCES users(id));
CREATE INDEX idx_deposits_user ON user_deposits(user_id);
CREATE TABLE deposit_transactions (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER NOT NULL, type TEXT NOT NULL, amount INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'pending', depositor_name TEXT, description TEXT, created_at DATETIME DEFAULT CURRENT_TIMESTAMP, confirmed_at DATETIME,
  FOREIGN KEY (user_id) REFERENCES users(id));
CREATE INDEX idx_transactions_user ON deposit_transactions(user_id);
INSERT INTO users (telegram_id, username) VALUES ('123456', 'testuser'), ('2', 'b'), ('3', 'c');
INSERT INTO user_deposits (user_id, balance) VALUES (1, 10000), (3, -500);
INSERT INTO deposit_transactions (user_id, type, amount, depositor_name) VALUES
  (1, 'deposit', 5000, 'ThisIsAVeryLongDepositorNameThatIsLongerThanFiftyCharacters!!!!!');
)";

constexpr char kMigration[] = R"(
name: "schema_enhancements"
step { add_check {
  table: "user_deposits" column: "balance" name: "user_deposits_balance_nonneg"
  rule { int64 { gte: 0 } }
  rationale: "a negative balance comes only from a bug"
  on_violation { quarantine {} } } }
step { add_check {
  table: "deposit_transactions" column: "depositor_name" name: "deposit_transactions_name_len"
  rule { string { max_chars: 50 nullable: true } }
  rationale: "banks cut names at 7 characters"
  on_violation { truncate {} } } }
step { create_table { name: "audit_logs"
  column { name: "id" generated_key: true }
  column { name: "action" type: TEXT not_null: true }
  column { name: "created_at" type: TIMESTAMP default_value: "CURRENT_TIMESTAMP" } } }
step { create_index { table: "audit_logs" name: "idx_audit_logs_action" columns: "action" } }
invariant { name: "users kept" sql: "SELECT count(*) FROM users" }
)";

TEST(Deposits, TheMigrationKeepsEveryRowAndProvesIt) {
  AppDatabase app(kFixture);
  const Contents before = app.Read();

  ASSERT_THAT(app.Apply(kMigration), IsOk());

  EXPECT_EQ(app.Text("SELECT count(*) FROM users"), "3");
  EXPECT_EQ(app.Read().tables.at("users"), before.tables.at("users"));
  EXPECT_EQ(app.Text("SELECT group_concat(user_id) FROM user_deposits"), "1");
  EXPECT_EQ(app.Text("SELECT length(depositor_name) FROM deposit_transactions"), "50");
  EXPECT_EQ(app.Text("SELECT count(*) FROM mig_quarantine"), "2");
  EXPECT_THAT(app.Text("SELECT original FROM mig_quarantine WHERE policy = 'quarantine'"),
              HasSubstr("-500"));
  EXPECT_EQ(app.Text("SELECT version || name FROM mig_history"), "1schema_enhancements");
  EXPECT_THAT(app.Try("INSERT INTO user_deposits (user_id, balance) VALUES (2, -1)"),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(app.Try("INSERT INTO user_deposits (user_id, balance) VALUES (2, 'abc')"),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(app.Try("INSERT INTO user_deposits (user_id, balance) VALUES (2, 0)"), IsOk());
  EXPECT_EQ(app.Text("SELECT seq FROM sqlite_sequence WHERE name = 'user_deposits'"), "2");
}

TEST(Deposits, TheWayBackLeadsToWhatWasThere) {
  AppDatabase app(kFixture);

  ExpectThereAndBack(app, kMigration);
}

TEST(Deposits, WithoutAPolicyViolatorsStopItAndNothingIsChanged) {
  AppDatabase app(kFixture);
  const Contents before = app.Read();

  const absl::Status refused = app.Apply(R"(step { add_check {
    table: "user_deposits" column: "balance" name: "b" rule { int64 { gte: 0 } } rationale: "r" } })");

  EXPECT_EQ(migration::ExitCodeOf(refused), migration::ExitCode::kData) << refused;
  EXPECT_EQ(app.Read(), before);
  EXPECT_EQ(app.Text("SELECT count(*) FROM sqlite_schema WHERE name LIKE 'mig%'"), "0");
}

TEST(Deposits, WithoutViolatorsOnlyTheTextIsChanged) {
  AppDatabase app(kFixture);
  app.Sql("DELETE FROM user_deposits WHERE balance < 0");

  ASSERT_THAT(app.Apply(R"(step { add_check {
    table: "user_deposits" column: "balance" name: "b" rule { int64 { gte: 0 } } rationale: "r" } })"),
              IsOk());

  EXPECT_EQ(app.strategy, Plan::Strategy::kSchemaEdit);
  EXPECT_THAT(app.Try("UPDATE user_deposits SET balance = -1"),
              HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(app.Text("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace daybook::migrator::sqlite
