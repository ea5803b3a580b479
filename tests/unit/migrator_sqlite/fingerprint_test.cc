#include "migrator/sqlite/fingerprint.h"

#include <string>

#include <gmock/gmock.h>

#include "migrator/sqlite/row.h"
#include "support/app_database.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::testing::AppDatabase;

constexpr char kTable[] = R"(
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b, c BLOB, d);
INSERT INTO t VALUES (1, '홍길동', 1.5, x'00ff', NULL), (-7, '', -0.0, x'', 9223372036854775807);
)";

Fingerprint Of(const AppDatabase& app, const std::string& table) {
  db::sqlite::Connection database = app.Open();
  const TableShape shape = ReadTableShape(database, table).value();
  return FingerprintOf(database, shape, shape.columns).value();
}

// Worked out by another program from what docs/migrations.md says.
TEST(Fingerprint, IsFixedForEver) {
  const AppDatabase app(kTable);
  const AppDatabase without_rowid(
      "CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID; INSERT INTO w VALUES ('k', 9e999);");

  EXPECT_EQ(Of(app, "t").ToString(),
            "v1:2:d1e16b1da081898df16cdf3c4aef10dee0b5d9d5568ced06b732100721ff7aef");
  EXPECT_EQ(Of(without_rowid, "w").ToString(),
            "v1:1:73b6b17e792c073dbbaedbab732bdec9a5e1fe201725e919a71932fc4ca60876");
}

TEST(Fingerprint, DoesNotDependOnTheOrderOfRows) {
  const AppDatabase one("CREATE TABLE t (a); INSERT INTO t (rowid, a) VALUES (1, 'x'), (2, 'y')");
  const AppDatabase other("CREATE TABLE t (a); INSERT INTO t (rowid, a) VALUES (2, 'y'), (1, 'x')");

  EXPECT_EQ(Of(one, "t"), Of(other, "t"));
}

TEST(Fingerprint, TellsRowsApartThatLookAlike) {
  const AppDatabase app("CREATE TABLE t (a); CREATE TABLE u (a);");
  const auto with = [&](const std::string& value) {
    app.Sql("DELETE FROM t; INSERT INTO t (rowid, a) VALUES (1, " + value + ")");
    return Of(app, "t").ToString();
  };

  EXPECT_NE(with("1"), with("'1'"));
  EXPECT_NE(with("1"), with("1.0"));
  EXPECT_NE(with("'a'"), with("x'61'"));
  EXPECT_NE(with("''"), with("NULL"));
  EXPECT_NE(with("0.0"), with("-0.0"));
}

TEST(Fingerprint, RowsCanBeTakenAwayAndPutBack) {
  const AppDatabase app(kTable);
  const Fingerprint whole = Of(app, "t");
  Fingerprint changed = whole;

  changed.Subtract("one row");
  EXPECT_NE(changed, whole);
  changed.Add("one row");

  EXPECT_EQ(changed, whole);
}

TEST(Fingerprint, OfARowThatWasKeptAsJsonIsThatOfTheRow) {
  const AppDatabase app(kTable);
  app.Sql("DELETE FROM t WHERE id = 1; UPDATE t SET a = CAST(x'ff00fe' AS TEXT)");
  db::sqlite::Connection database = app.Open();
  const TableShape shape = ReadTableShape(database, "t").value();
  const RowList list = ListRow(shape, shape.columns);
  db::sqlite::Statement select = database.Prepare("SELECT " + list.sql + " FROM t").value();
  ASSERT_TRUE(select.Step().value());

  Row kept;
  ASSERT_TRUE(FromJson(ToJson(ReadRow(select, shape, list)), &kept).ok());
  RowBytes bytes;
  AppendRow(kept, shape.columns, bytes);
  Fingerprint fingerprint;
  fingerprint.Add(bytes.bytes());

  EXPECT_EQ(fingerprint, Of(app, "t"));
}

}  // namespace
}  // namespace daybook::migrator::sqlite
