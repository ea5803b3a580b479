#include "migrator/migration/risk.h"

#include <string>

#include <gmock/gmock.h>

#include "google/protobuf/text_format.h"

namespace daybook::migration {
namespace {

v1::Migration::Risk RiskIn(const std::string& text) {
  v1::Migration migration;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &migration)) << text;
  return RiskOf(migration);
}

TEST(Risk, IsNoneWhereThingsAreOnlyMade) {
  EXPECT_EQ(RiskIn(""), v1::Migration::NONE);
  EXPECT_EQ(RiskIn("step { create_table {} } step { create_index {} } step { add_enum {} }"),
            v1::Migration::NONE);
}

TEST(Risk, IsLowWhereRowsCanOnlyStandInTheWay) {
  EXPECT_EQ(RiskIn("step { add_check {} }"), v1::Migration::LOW);
  EXPECT_EQ(RiskIn("step { add_check { on_violation { fail {} } } }"), v1::Migration::LOW);
  EXPECT_EQ(RiskIn("step { add_foreign_key {} }"), v1::Migration::LOW);
  EXPECT_EQ(RiskIn("step { add_column { backfill_null: true } }"), v1::Migration::LOW);
  EXPECT_EQ(RiskIn("step { replace_index {} }"), v1::Migration::LOW);
}

TEST(Risk, IsMediumWhereRowsChangeOrTablesAreRewritten) {
  EXPECT_EQ(RiskIn("step { add_check { on_violation { quarantine {} } } }"), v1::Migration::MEDIUM);
  EXPECT_EQ(RiskIn("step { add_foreign_key { on_violation { set_null {} } } }"),
            v1::Migration::MEDIUM);
  EXPECT_EQ(RiskIn("step { add_column { backfill {} } }"), v1::Migration::MEDIUM);
  EXPECT_EQ(RiskIn("step { alter_foreign_key {} }"), v1::Migration::MEDIUM);
  EXPECT_EQ(RiskIn("step { backfill {} }"), v1::Migration::MEDIUM);
  EXPECT_EQ(RiskIn("step { sql {} }"), v1::Migration::MEDIUM);
  EXPECT_EQ(RiskIn("phase: EXPAND step { rename_column {} }"), v1::Migration::MEDIUM);
}

TEST(Risk, IsHighWhereSomethingIsDropped) {
  EXPECT_EQ(RiskIn("step { drop_check {} }"), v1::Migration::HIGH);
  EXPECT_EQ(RiskIn("step { drop_column {} }"), v1::Migration::HIGH);
  EXPECT_EQ(RiskIn("step { drop_table {} }"), v1::Migration::HIGH);
  EXPECT_EQ(RiskIn("step { sql { irreversible: \"r\" } }"), v1::Migration::HIGH);
  EXPECT_EQ(RiskIn("phase: CONTRACT step { rename_column {} }"), v1::Migration::HIGH);
}

TEST(Risk, IsThatOfTheRiskiestStep) {
  EXPECT_EQ(RiskIn("step { drop_table {} } step { create_table {} }"), v1::Migration::HIGH);
}

TEST(Risk, IsWhatTheMigrationSays) {
  EXPECT_EQ(RiskIn("risk: NONE step { drop_table {} }"), v1::Migration::NONE);
  EXPECT_EQ(RiskIn("risk: HIGH step { create_table {} }"), v1::Migration::HIGH);
}

}  // namespace
}  // namespace daybook::migration
