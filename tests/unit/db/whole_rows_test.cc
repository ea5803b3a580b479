#include "db/sqlite/whole_rows.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::db::sqlite {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

class WholeRowsTest : public ::testing::Test {
 protected:
  WholeRowsTest() : db_(Connection::Open(folder_.File("test.db"), OpenMode::kCreate).value()) {
    EXPECT_THAT(db_.Execute("CREATE TABLE t (id INTEGER PRIMARY KEY, a, b)"), IsOk());
  }

  WholeRows Select(const std::string& columns, const std::string& from) {
    return WholeRows::Select(db_, columns, from).value();
  }

  testing::TempFolder folder_;
  Connection db_;
};

TEST_F(WholeRowsTest, HaveEachValueWithItsType) {
  ASSERT_THAT(db_.Execute("INSERT INTO t VALUES (1, NULL, 2.5), (2, 'text', x'0001'),"
                          " (3, '', x''), (4, -9223372036854775808, 'a' || char(0) || 'b')"),
              IsOk());
  WholeRows rows = Select("id, a, b", "FROM t ORDER BY id");

  ASSERT_TRUE(*rows.Step());
  EXPECT_EQ(rows.cells().size(), 3);
  EXPECT_EQ(rows.cells()[0].type, ValueType::kInteger);
  EXPECT_EQ(rows.cells()[0].integer, 1);
  EXPECT_EQ(rows.cells()[1].type, ValueType::kNull);
  EXPECT_EQ(rows.cells()[2].type, ValueType::kReal);
  ASSERT_TRUE(*rows.Step());
  EXPECT_EQ(rows.cells()[1].type, ValueType::kText);
  EXPECT_EQ(rows.cells()[1].bytes, "text");
  EXPECT_EQ(rows.cells()[2].type, ValueType::kBlob);
  EXPECT_EQ(rows.cells()[2].bytes, std::string("\0\1", 2));
  ASSERT_TRUE(*rows.Step());
  EXPECT_EQ(rows.cells()[1].type, ValueType::kText);
  EXPECT_EQ(rows.cells()[1].bytes, "");
  EXPECT_EQ(rows.cells()[2].type, ValueType::kBlob);
  EXPECT_EQ(rows.cells()[2].bytes, "");
  ASSERT_TRUE(*rows.Step());
  EXPECT_EQ(rows.cells()[1].integer, INT64_MIN);
  EXPECT_EQ(rows.cells()[2].bytes, std::string("a\0b", 3));
  EXPECT_FALSE(*rows.Step());
}

TEST_F(WholeRowsTest, GrowWithWhatTheyHold) {
  for (const size_t size : {3, 70'000, 5}) {
    ASSERT_THAT(db_.Execute(absl::StrCat("INSERT INTO t (a, b) VALUES ('", std::string(size, 'x'),
                                         "', '", std::string(size, 'y'), "')")),
                IsOk());
  }
  WholeRows rows = Select("a, b", "FROM t");

  for (const size_t size : {3, 70'000, 5}) {
    ASSERT_TRUE(*rows.Step());
    EXPECT_EQ(rows.cells()[0].bytes, std::string(size, 'x'));
    EXPECT_EQ(rows.cells()[1].bytes, std::string(size, 'y'));
  }
}

TEST_F(WholeRowsTest, TakeParametersAndCanBeMovedAndRunAgain) {
  ASSERT_THAT(db_.Execute("INSERT INTO t (a) VALUES ('one'), ('two'), ('three')"), IsOk());
  WholeRows first = Select("id, a", "FROM t WHERE id BETWEEN ?1 AND ?2");
  WholeRows rows = std::move(first);

  for (const int64_t id : {2, 3}) {
    rows.Reset();
    rows.BindInteger(1, id);
    rows.BindInteger(2, id);
    ASSERT_TRUE(*rows.Step());
    EXPECT_EQ(rows.cells()[0].integer, id);
    EXPECT_EQ(rows.cells()[1].bytes, id == 2 ? "two" : "three");
    EXPECT_FALSE(*rows.Step());
  }
}

TEST_F(WholeRowsTest, OfTwoSelectsAreApart) {
  ASSERT_THAT(db_.Execute("INSERT INTO t (a) VALUES ('one'), ('two')"), IsOk());
  WholeRows up = Select("a", "FROM t ORDER BY id");
  WholeRows down = Select("a", "FROM t ORDER BY id DESC");

  ASSERT_TRUE(*up.Step());
  ASSERT_TRUE(*down.Step());

  EXPECT_EQ(up.cells()[0].bytes, "one");
  EXPECT_EQ(down.cells()[0].bytes, "two");
}

TEST_F(WholeRowsTest, ThatWouldHaveToBeSortedAreRefused) {
  ASSERT_THAT(db_.Execute("INSERT INTO t (a) VALUES ('two'), ('one')"), IsOk());

  EXPECT_THAT(Select("a", "FROM t ORDER BY a").Step(), HasCode(absl::StatusCode::kInternal));
}

TEST_F(WholeRowsTest, OfAnotherTableAreDataLoss) {
  const auto rows = WholeRows::Select(db_, "c", "FROM t");

  EXPECT_THAT(rows, HasCode(absl::StatusCode::kDataLoss));
  EXPECT_EQ(ReasonIn(rows.status()), "STORE_DAMAGED");
}

TEST_F(WholeRowsTest, CannotBeTakenByOthers) {
  EXPECT_FALSE(db_.Execute("SELECT daybook_whole_row(1, 2)").ok());
  EXPECT_FALSE(db_.Execute("SELECT daybook_whole_row()").ok());
  ASSERT_THAT(db_.Execute("CREATE VIEW v AS SELECT daybook_whole_row(a) FROM t"), IsOk());
  EXPECT_FALSE(db_.Execute("SELECT * FROM v").ok());
}

}  // namespace
}  // namespace daybook::db::sqlite
