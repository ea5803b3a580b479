#include "migrator/app/holdings.h"

#include <string>

#include <gmock/gmock.h>

#include "support/status_matchers.h"
#include "support/temp_folder.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::testing::IsOk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kMake[] =
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, x);"
    "INSERT INTO t (x) VALUES ('secret'), (2); DELETE FROM t WHERE id = 2;"
    "CREATE INDEX i ON t (x)";

class HoldingsTest : public ::testing::Test {
 protected:
  void SetUp() override { Run(kMake); }
  void Run(const std::string& sql) { ASSERT_THAT(database_.Execute(sql), IsOk()); }
  Holdings Read() { return ReadHoldings(database_).value(); }

  testing::TempFolder folder_;
  Connection database_ = Connection::Open(folder_.File("app.db"), OpenMode::kCreate).value();
};

TEST_F(HoldingsTest, TheSameIsNoDifference) {
  const Holdings before = Read();
  Run("CREATE TABLE mig_history (x); UPDATE t SET x = 1; UPDATE t SET x = 'secret'");
  EXPECT_THAT(Differences(before, Read()), IsEmpty());
}

TEST_F(HoldingsTest, AnotherValueIsSeenAndNotTold) {
  const Holdings before = Read();
  Run("UPDATE t SET x = 'other'");
  EXPECT_THAT(Differences(before, Read()), ElementsAre("table t has other values in its rows"));
}

TEST_F(HoldingsTest, AnotherTypeOfTheSameValueIsSeen) {
  const Holdings before = Read();
  Run("UPDATE t SET x = CAST(x AS BLOB)");
  EXPECT_THAT(Differences(before, Read()), ElementsAre(HasSubstr("other values")));
}

TEST_F(HoldingsTest, MoreAndFewerRowsAreSeen) {
  const Holdings before = Read();
  Run("DELETE FROM t");
  EXPECT_THAT(Differences(before, Read()), ElementsAre("table t has 0 rows and must have 1"));
}

TEST_F(HoldingsTest, WhereNumbersGoOnIsSeen) {
  const Holdings before = Read();
  Run("UPDATE sqlite_sequence SET seq = 1");
  EXPECT_THAT(Differences(before, Read()), ElementsAre(HasSubstr("AUTOINCREMENT")));
}

TEST_F(HoldingsTest, EachObjectOfTheSchemaIsNamed) {
  const Holdings before = Read();
  Run("DROP INDEX i; CREATE INDEX j ON t (x); ALTER TABLE t ADD COLUMN y");
  EXPECT_THAT(Differences(before, Read()),
              ::testing::UnorderedElementsAre("index i is missing", "index j should not be there",
                                              "table t has another text",
                                              "table t has other values in its rows"));
}

}  // namespace
}  // namespace daybook::migrator::app
