#include "db/sqlite/connection.h"

#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include <gmock/gmock.h>

#include "core/errors.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::db::sqlite {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr char kTable[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT UNIQUE CHECK (name <> 'bad'), n INTEGER NOT "
    "NULL"
    " DEFAULT 0) STRICT";

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() {
    Connection made = Connection::Open(path_, OpenMode::kCreate).value();
    EXPECT_THAT(made.Execute(kTable), IsOk());
  }

  Connection Open(OpenMode mode) const { return Connection::Open(path_, mode).value(); }

  testing::TempFolder folder_;
  const std::string path_ = folder_.File("test.db");
};

TEST_F(ConnectionTest, OpensOnlyWhatIsThere) {
  for (const OpenMode mode : {OpenMode::kReadOnly, OpenMode::kReadWrite}) {
    EXPECT_THAT(Connection::Open(folder_.File("none.db"), mode),
                HasCode(absl::StatusCode::kNotFound));
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.File("none.db")));
}

TEST_F(ConnectionTest, AFileThatIsNoDatabaseIsDataLoss) {
  std::ofstream(folder_.File("text.db")) << std::string(4'096, 'x');

  const auto opened = Connection::Open(folder_.File("text.db"), OpenMode::kReadWrite);

  EXPECT_THAT(opened, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ReasonIn(opened.status()), "STORE_DAMAGED");
}

TEST_F(ConnectionTest, OnlyWhatIsUniqueAlreadyExists) {
  Connection db = Open(OpenMode::kReadWrite);
  ASSERT_THAT(db.Execute("INSERT INTO t (id, name) VALUES (1, 'a')"), IsOk());

  EXPECT_THAT(db.Execute("INSERT INTO t (id) VALUES (1)"),
              HasCode(absl::StatusCode::kAlreadyExists));
  EXPECT_THAT(db.Execute("INSERT INTO t (name) VALUES ('a')"),
              HasCode(absl::StatusCode::kAlreadyExists));
}

TEST_F(ConnectionTest, OtherConstraintsAreFailedPreconditions) {
  Connection db = Open(OpenMode::kReadWrite);
  ASSERT_THAT(db.Execute("CREATE TRIGGER no_delete BEFORE DELETE ON t"
                         " BEGIN SELECT RAISE(ABORT, 'no'); END; INSERT INTO t (id) VALUES (1)"),
              IsOk());

  for (const char* sql : {"INSERT INTO t (name) VALUES ('bad')", "INSERT INTO t (n) VALUES (NULL)",
                          "INSERT INTO t (n) VALUES ('text')", "DELETE FROM t"}) {
    EXPECT_THAT(db.Execute(sql), HasCode(absl::StatusCode::kFailedPrecondition)) << sql;
  }
}

TEST_F(ConnectionTest, AReadOnlyConnectionDoesNotWrite) {
  Connection db = Open(OpenMode::kReadOnly);

  const absl::Status written = db.Execute("INSERT INTO t (id) VALUES (1)");

  EXPECT_THAT(written, HasCode(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ReasonIn(written), "STORE_READ_ONLY");
}

TEST_F(ConnectionTest, ABusyDatabaseIsUnavailable) {
  Connection holder = Open(OpenMode::kReadWrite);
  ASSERT_THAT(holder.Execute("BEGIN IMMEDIATE"), IsOk());
  Connection db = Open(OpenMode::kReadWrite);
  ASSERT_THAT(db.Execute("PRAGMA busy_timeout = 0"), IsOk());

  const absl::Status busy = db.Execute("INSERT INTO t (id) VALUES (1)");

  EXPECT_THAT(busy, HasCode(absl::StatusCode::kUnavailable));
  EXPECT_EQ(ReasonIn(busy), "STORE_UNAVAILABLE");
}

TEST_F(ConnectionTest, AFullDatabaseIsResourceExhausted) {
  Connection db = Open(OpenMode::kReadWrite);
  ASSERT_THAT(db.Execute("PRAGMA max_page_count = 4"), IsOk());

  const absl::Status full = db.Execute("INSERT INTO t (name) VALUES (printf('%.*c', 100000, 'x'))");

  EXPECT_THAT(full, HasCode(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(ReasonIn(full), "STORE_FULL");
}

TEST_F(ConnectionTest, SqlThatIsWrongIsOurBug) {
  Connection db = Open(OpenMode::kReadWrite);

  EXPECT_THAT(db.Execute("SELEKT"), HasCode(absl::StatusCode::kInternal));
  EXPECT_THAT(db.Prepare("SELECT * FROM none"), HasCode(absl::StatusCode::kInternal));
}

TEST_F(ConnectionTest, ATransactionCommitsWhatSucceeds) {
  Connection db = Open(OpenMode::kReadWrite);

  ASSERT_THAT(db.InTransaction([&db] { return db.Execute("INSERT INTO t (id) VALUES (1)"); }),
              IsOk());

  EXPECT_EQ(*Open(OpenMode::kReadOnly).QueryInteger("SELECT count(*) FROM t"), 1);
}

TEST_F(ConnectionTest, ATransactionThatFailsLeavesNothing) {
  Connection db = Open(OpenMode::kReadWrite);

  const absl::Status outcome = db.InTransaction([&db]() -> absl::Status {
    EXPECT_THAT(db.Execute("INSERT INTO t (id) VALUES (1)"), IsOk());
    return absl::AbortedError("changed my mind");
  });

  EXPECT_EQ(outcome, absl::AbortedError("changed my mind"));
  EXPECT_EQ(*db.QueryInteger("SELECT count(*) FROM t"), 0);
  EXPECT_THAT(db.InTransaction([&db] { return db.Execute("INSERT INTO t (id) VALUES (1)"); }),
              IsOk());
}

TEST_F(ConnectionTest, AllowOnlyAppendsRefusesEverythingElse) {
  Connection db = Open(OpenMode::kReadWrite);
  ASSERT_THAT(db.Execute("CREATE TRIGGER no_delete BEFORE DELETE ON t"
                         " BEGIN SELECT RAISE(ABORT, 'no'); END; INSERT INTO t (id) VALUES (1)"),
              IsOk());

  ASSERT_THAT(db.AllowOnlyAppends(), IsOk());

  EXPECT_THAT(db.Execute("INSERT INTO t (id) VALUES (2)"), IsOk());
  EXPECT_EQ(*db.QueryInteger("SELECT count(*) FROM t"), 2);
  for (const char* sql :
       {"UPDATE t SET name = 'x'", "DELETE FROM t", "DROP TABLE t", "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t ADD COLUMN x TEXT", "CREATE TABLE u (x)", "CREATE INDEX i ON t (n)",
        "DROP TRIGGER no_delete", "ATTACH ':memory:' AS other",
        "INSERT INTO t (id) VALUES (1) ON CONFLICT DO UPDATE SET name = 'x'",
        "INSERT OR REPLACE INTO t (id, name) VALUES (1, 'x')", "REINDEX", "VACUUM"}) {
    EXPECT_FALSE(db.Execute(sql).ok()) << sql;
  }
  EXPECT_EQ(*db.QueryInteger("SELECT count(*) FROM t WHERE name IS NULL"), 2);
}

TEST_F(ConnectionTest, ACheckpointEmptiesTheWal) {
  Connection db = Open(OpenMode::kReadWrite);
  ASSERT_THAT(db.Execute("INSERT INTO t (id) VALUES (1)"), IsOk());
  ASSERT_GT(std::filesystem::file_size(path_ + "-wal"), 0U);

  ASSERT_THAT(db.CheckpointAndTruncate(), IsOk());

  EXPECT_EQ(std::filesystem::file_size(path_ + "-wal"), 0U);
}

TEST_F(ConnectionTest, CommitsAreSyncedToTheDisk) {
  Connection db = Open(OpenMode::kReadWrite);

  EXPECT_EQ(*db.QueryInteger("PRAGMA synchronous"), 2);
}

TEST_F(ConnectionTest, QueryIntegerWantsARow) {
  Connection db = Open(OpenMode::kReadOnly);

  EXPECT_THAT(db.QueryInteger("SELECT id FROM t"), HasCode(absl::StatusCode::kNotFound));
}

TEST_F(ConnectionTest, ValuesComeBackAsTheyWereBound) {
  Connection db = Open(OpenMode::kReadWrite);
  Statement select = db.Prepare("SELECT ?1, ?2, ?3, ?4, typeof(?2), typeof(?3)").value();
  const std::string text("a\0한", 5);
  select.BindInteger(1, std::numeric_limits<int64_t>::min());
  select.BindText(2, text);
  select.BindBlob(3, text);
  select.BindNull(4);

  ASSERT_TRUE(select.Step().value());

  EXPECT_EQ(select.Integer(0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(select.Text(1), text);
  EXPECT_EQ(select.Bytes(2), text);
  EXPECT_TRUE(select.IsNull(3));
  EXPECT_EQ(select.Text(4), "text");
  EXPECT_EQ(select.Text(5), "blob");
  EXPECT_FALSE(select.Step().value());
}

TEST_F(ConnectionTest, AStatementRunsAgainAfterAnError) {
  Connection db = Open(OpenMode::kReadWrite);
  Statement insert = db.Prepare("INSERT INTO t (id) VALUES (?1)").value();
  insert.BindInteger(1, 7);
  ASSERT_THAT(insert.Run(), IsOk());
  EXPECT_THAT(insert.Run(), HasCode(absl::StatusCode::kAlreadyExists));

  insert.BindInteger(1, 8);

  EXPECT_THAT(insert.Run(), IsOk());
  EXPECT_EQ(*db.QueryInteger("SELECT count(*) FROM t"), 2);
}

TEST_F(ConnectionTest, ABindThatFailsIsToldByTheNextRun) {
  Connection db = Open(OpenMode::kReadWrite);
  Statement insert = db.Prepare("INSERT INTO t (id) VALUES (?1)").value();
  insert.BindInteger(1, 7);
  insert.BindInteger(2, 7);

  EXPECT_FALSE(insert.Run().ok());
  EXPECT_THAT(insert.Run(), IsOk());
}

}  // namespace
}  // namespace daybook::db::sqlite
