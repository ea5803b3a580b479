// What the chain of events says was done, whatever the history says.

#include "migrator/sqlite/testimony.h"

#include <gmock/gmock.h>

#include "support/app_database.h"
#include "support/status_matchers.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::testing::AppDatabase;
using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr char kTestifiedTable[] = "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER)";
constexpr char kIndex[] =
    "step { create_index { table: 't' name: 'i' columns: 'n' rationale: 'r' } }";
constexpr char kOther[] =
    "step { create_index { table: 't' name: 'j' columns: 'n' rationale: 'r' } }";

Testimony Hear(const AppDatabase& app) {
  auto database = app.Open();
  const auto testimony = ReadTestimony(database);
  EXPECT_THAT(testimony, IsOk());
  return testimony.value_or(Testimony());
}

TEST(Testimony, OfADatabaseThatWasNeverMigratedThereIsNone) {
  const AppDatabase app(kTestifiedTable);
  EXPECT_EQ(Hear(app).version, 0);
}

TEST(Testimony, ItSaysWhatIsInPlaceThoughTheHistoryWasEmptied) {
  AppDatabase app(kTestifiedTable);
  ASSERT_THAT(app.Apply(kIndex), IsOk());
  ASSERT_THAT(app.Apply(kOther), IsOk());
  auto database = app.Open();
  const auto history = ReadHistory(database).value();
  app.Sql("DELETE FROM mig_history");

  const Testimony testimony = Hear(app);

  EXPECT_EQ(testimony.version, 2);
  EXPECT_EQ(testimony.schema_after, history[1].schema_after);
  ASSERT_EQ(testimony.applied.size(), 2U);
  EXPECT_EQ(testimony.applied.at(1).checksum, history[0].checksum);
  EXPECT_EQ(testimony.applied.at(1).schema_before, history[0].schema_before);
  EXPECT_EQ(testimony.applied.at(2).strategy, history[1].strategy);
  EXPECT_FALSE(testimony.HasBaseline());
}

TEST(Testimony, AfterAWayBackItIsTheVersionBefore) {
  AppDatabase app(kTestifiedTable);
  ASSERT_THAT(app.Apply(kIndex), IsOk());
  ASSERT_THAT(app.Apply(kOther), IsOk());
  ASSERT_THAT(app.RollBack(), IsOk());

  const Testimony testimony = Hear(app);

  EXPECT_EQ(testimony.version, 1);
  EXPECT_EQ(testimony.applied.size(), 1U);
  auto database = app.Open();
  EXPECT_EQ(testimony.schema_after, SchemaModel::Read(database)->Digest());
}

TEST(Testimony, ABrokenChainSaysNothing) {
  AppDatabase app(kTestifiedTable);
  ASSERT_THAT(app.Apply(kIndex), IsOk());
  ASSERT_THAT(app.Apply(kOther), IsOk());
  app.Sql("DELETE FROM mig_event WHERE id = 1");

  auto database = app.Open();
  EXPECT_THAT(ReadTestimony(database), HasCode(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace daybook::migrator::sqlite
