#include "daybook/importer/source_table.h"

#include <fstream>
#include <limits>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::ValueType;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kAuditLogs[] =
    "CREATE TABLE audit_logs (id INTEGER PRIMARY KEY AUTOINCREMENT, user_id INTEGER,"
    " telegram_id TEXT, action TEXT NOT NULL, resource_type TEXT, resource_id INTEGER,"
    " details TEXT, ip_address TEXT, user_agent TEXT,"
    " created_at DATETIME DEFAULT CURRENT_TIMESTAMP);";

class SourceTableTest : public ::testing::Test {
 protected:
  // Runs `sql` on the application's database.
  void Run(const std::string& sql) const {
    const bool is_new = !std::ifstream(path_).good();
    auto database = Connection::Open(path_, is_new ? OpenMode::kCreate : OpenMode::kForeign);
    ASSERT_THAT(database, IsOk());
    ASSERT_THAT(database->Execute(sql), IsOk());
  }

  absl::StatusOr<SourceTable> Open(const std::string& table = "audit_logs") const {
    return SourceTable::Open(path_, table);
  }

  static std::vector<int64_t> IdsOf(SourceTable& table) {
    std::vector<int64_t> ids;
    EXPECT_THAT(table.ForEachRow([&ids](const SourceRow& row) {
      ids.push_back(row.id);
      return absl::OkStatus();
    }),
                IsOk());
    return ids;
  }

  void ExpectRefused(absl::StatusCode code, const std::string& why,
                     const std::string& table = "audit_logs") const {
    const auto opened = Open(table);
    EXPECT_THAT(opened, HasCode(code));
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr(why));
    EXPECT_THAT(std::string(opened.status().message()), HasSubstr("app.db"));
  }

  testing::TempFolder folder_;
  const std::string path_ = folder_.File("app.db");
};

TEST_F(SourceTableTest, ReadsEveryColumnWithTheTypeThatTheValueHas) {
  Run(std::string(kAuditLogs) +
      "INSERT INTO audit_logs VALUES (5, 7, 'tg', 'login', 'session', 42, x'00ff', 1.5, '', NULL)");

  auto table = Open();

  ASSERT_THAT(table, IsOk());
  std::vector<SourceRow> rows;
  ASSERT_THAT(table->ForEachRow([&rows](const SourceRow& row) {
    rows.push_back(row);
    return absl::OkStatus();
  }),
              IsOk());
  ASSERT_THAT(rows, SizeIs(1));
  const SourceRow& row = rows[0];
  EXPECT_EQ(row.id, 5);
  EXPECT_EQ(row[Column::kUserId].integer, 7);
  EXPECT_EQ(row[Column::kTelegramId].bytes, "tg");
  EXPECT_EQ(row[Column::kAction].bytes, "login");
  EXPECT_EQ(row[Column::kResourceId].type, ValueType::kInteger);
  EXPECT_EQ(row[Column::kDetails].type, ValueType::kBlob);
  EXPECT_EQ(row[Column::kDetails].bytes, std::string("\0\xff", 2));
  EXPECT_EQ(row[Column::kIpAddress].bytes, "1.5");  // TEXT makes it so
  EXPECT_EQ(row[Column::kUserAgent].type, ValueType::kText);
  EXPECT_EQ(row[Column::kCreatedAt].type, ValueType::kNull);
}

TEST_F(SourceTableTest, RowsComeInTheOrderOfTheirIds) {
  Run(std::string(kAuditLogs) +
      "INSERT INTO audit_logs (id, action) VALUES (9, 'c'), (-3, 'a'), (2, 'b'),"
      " (9223372036854775807, 'd'), (-9223372036854775808, 'z')");

  auto table = Open();

  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->rows(), 5);
  EXPECT_THAT(IdsOf(*table), ElementsAre(std::numeric_limits<int64_t>::min(), -3, 2, 9,
                                         std::numeric_limits<int64_t>::max()));
}

TEST_F(SourceTableTest, ManyPagesMakeOneTable) {
  Run(std::string(kAuditLogs) +
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)"
      " INSERT INTO audit_logs (id, action, details)"
      " SELECT i * 3, 'login', printf('%.*c', iif(i % 5000 = 0, 9000000, 10), 'x') FROM n");

  auto table = Open();

  ASSERT_THAT(table, IsOk());
  const std::vector<int64_t> ids = IdsOf(*table);
  ASSERT_THAT(ids, SizeIs(25'000));
  for (size_t i = 0; i < ids.size(); ++i) ASSERT_EQ(ids[i], 3 * static_cast<int64_t>(i + 1));
}

TEST_F(SourceTableTest, OtherProgramsMayWriteBetweenTwoPages) {
  Run(std::string(kAuditLogs) +
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
      " INSERT INTO audit_logs (action) SELECT 'login' FROM n");
  auto table = Open();
  ASSERT_THAT(table, IsOk());

  int rows = 0;
  ASSERT_THAT(table->ForEachRow([&](const SourceRow& row) {
    if (row.id % 5'000 == 0) Run("INSERT INTO audit_logs (action) VALUES ('later')");
    ++rows;
    return absl::OkStatus();
  }),
              IsOk());

  EXPECT_EQ(rows, 20'000);  // what came later is the next import's
}

TEST_F(SourceTableTest, StopsWithTheVisitorsError) {
  Run(std::string(kAuditLogs) + "INSERT INTO audit_logs (action) VALUES ('a'), ('b')");
  auto table = Open();
  ASSERT_THAT(table, IsOk());

  int rows = 0;
  EXPECT_THAT(table->ForEachRow([&rows](const SourceRow&) {
    ++rows;
    return absl::AbortedError("enough");
  }),
              HasCode(absl::StatusCode::kAborted));
  EXPECT_EQ(rows, 1);
}

TEST_F(SourceTableTest, ColumnsMayBeMissingAndOthersMayBeThere) {
  Run("CREATE TABLE audit_logs (Action TEXT, \"session \"\"id\" TEXT, DETAILS TEXT);"
      "INSERT INTO audit_logs VALUES ('login', 's', '{}')");

  auto table = Open();

  ASSERT_THAT(table, IsOk());
  EXPECT_TRUE(table->Has(Column::kAction));
  EXPECT_TRUE(table->Has(Column::kDetails));
  EXPECT_FALSE(table->Has(Column::kCreatedAt));
  EXPECT_THAT(table->other_columns(), ElementsAre("session \"id"));
  EXPECT_THAT(IdsOf(*table), ElementsAre(1));  // the rowid
}

TEST_F(SourceTableTest, ANameIsFoundWhateverItsCaseAndCharacters) {
  Run("CREATE TABLE \"Audit \"\"Logs\" (id INTEGER PRIMARY KEY, action TEXT);"
      "INSERT INTO \"Audit \"\"Logs\" (action) VALUES ('a')");

  auto table = Open("audit \"logs");

  ASSERT_THAT(table, IsOk());
  EXPECT_EQ(table->name(), "Audit \"Logs");
  EXPECT_THAT(IdsOf(*table), ElementsAre(1));
}

TEST_F(SourceTableTest, AViewCanBringAForeignTableIntoForm) {
  Run("CREATE TABLE history (n INTEGER PRIMARY KEY, what TEXT);"
      "INSERT INTO history VALUES (4, 'LOGIN'), (3, 'LOGOUT');"
      "CREATE VIEW for_daybook AS SELECT n AS id, lower(what) AS action FROM history");

  auto table = Open("for_daybook");

  ASSERT_THAT(table, IsOk());
  EXPECT_THAT(IdsOf(*table), ElementsAre(3, 4));
}

TEST_F(SourceTableTest, SaysWhatIsNotThere) {
  ExpectRefused(absl::StatusCode::kNotFound, "there is no database");

  Run("CREATE TABLE users (id INTEGER PRIMARY KEY)");
  ExpectRefused(absl::StatusCode::kNotFound, "has no table audit_logs; it has: users");

  Run("CREATE TABLE audit_logs (id INTEGER PRIMARY KEY, event TEXT)");
  ExpectRefused(absl::StatusCode::kNotFound, "no column action");

  Run("ALTER TABLE audit_logs ADD COLUMN action TEXT");
  ExpectRefused(absl::StatusCode::kNotFound, "no rows");
}

TEST_F(SourceTableTest, SaysWhatIsNoDatabase) {
  std::ofstream(path_) << std::string(5'000, 'x');

  ExpectRefused(absl::StatusCode::kFailedPrecondition, "not an SQLite database");
  EXPECT_THAT(SourceTable::Open(folder_.path(), "audit_logs"),
              HasCode(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SourceTableTest, AnEmptyFileHasNoTable) {
  std::ofstream file(path_);

  ExpectRefused(absl::StatusCode::kNotFound, "has no table");
}

TEST_F(SourceTableTest, IdsMustTellRowsApart) {
  Run("CREATE TABLE audit_logs (id, action TEXT); INSERT INTO audit_logs VALUES (1, 'a'), (2, "
      "'b')");
  EXPECT_THAT(Open(), IsOk());
  for (const char* id : {"2", "'x'", "NULL", "2.5", "x'00'"}) {
    Run(std::string("DELETE FROM audit_logs WHERE action = 'c';"
                    "INSERT INTO audit_logs VALUES (") +
        id + ", 'c')");
    ExpectRefused(absl::StatusCode::kFailedPrecondition, "could not be told apart");
  }
}

TEST_F(SourceTableTest, TextMustBeUtf8) {
  Run(std::string("PRAGMA encoding = 'UTF-16le';") + kAuditLogs +
      "INSERT INTO audit_logs (action) VALUES ('a')");

  ExpectRefused(absl::StatusCode::kFailedPrecondition, "UTF-16le");
}

TEST_F(SourceTableTest, ALockedDatabaseCanBeTriedAgain) {
  Run(std::string(kAuditLogs) + "INSERT INTO audit_logs (action) VALUES ('a')");
  auto writer = Connection::Open(path_, OpenMode::kForeign);
  ASSERT_THAT(writer, IsOk());
  auto table = Open();
  ASSERT_THAT(table, IsOk());
  ASSERT_THAT(writer->Execute("BEGIN EXCLUSIVE"), IsOk());

  const absl::Status read = table->ForEachRow([](const SourceRow&) { return absl::OkStatus(); });

  EXPECT_THAT(read, HasCode(absl::StatusCode::kUnavailable));
}

TEST_F(SourceTableTest, ADatabaseInWalModeIsReadWithWhatItsJournalHolds) {
  Run(std::string("PRAGMA journal_mode = WAL;") + kAuditLogs);
  auto writer = Connection::Open(path_, OpenMode::kForeign);
  ASSERT_THAT(writer, IsOk());
  ASSERT_THAT(writer->Execute("INSERT INTO audit_logs (action) VALUES ('a'), ('b')"), IsOk());

  auto table = Open();

  ASSERT_THAT(table, IsOk());
  EXPECT_THAT(IdsOf(*table), ElementsAre(1, 2));
}

}  // namespace
}  // namespace daybook::cli::importer
