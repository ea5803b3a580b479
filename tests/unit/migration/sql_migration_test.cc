#include "migrator/migration/sql_migration.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "support/status_matchers.h"

namespace daybook::migration {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusOr<MigrationFile> ParseParts(const std::vector<SqlFile>& files) {
  return ParseSqlMigration(files);
}

absl::StatusOr<MigrationFile> ParseUp(const std::string& text) {
  return ParseParts({{"0002_view.up.sql", text}});
}

const v1::RunSql& StepOf(const MigrationFile& file) { return file.migration.step(0).sql(); }

TEST(SqlMigration, IsOneStep) {
  const auto file = ParseParts({{"0002_view.down.sql", "DROP VIEW v;\n"},
                                {"0002_view.up.sql", "CREATE VIEW v AS SELECT 1;\n"}});

  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->file_name, "0002_view.up.sql");
  EXPECT_EQ(file->migration.version(), 2);
  EXPECT_EQ(file->migration.name(), "view");
  ASSERT_EQ(file->migration.step_size(), 1);
  EXPECT_EQ(StepOf(*file).up().sql(), "CREATE VIEW v AS SELECT 1;\n");
  EXPECT_EQ(StepOf(*file).down().sql(), "DROP VIEW v;\n");
  EXPECT_EQ(file->checksum, ChecksumOf(file->migration));
}

TEST(SqlMigration, HasATextForEachEngine) {
  const auto file = ParseParts({{"0002_view.down.sql", "d\n"},
                                {"0002_view.up.postgres.sql", "p\n"},
                                {"0002_view.up.sqlite.sql", "s\n"}});

  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->file_name, "0002_view.up.postgres.sql");
  EXPECT_EQ(StepOf(*file).up().postgres(), "p\n");
  EXPECT_EQ(StepOf(*file).up().sqlite(), "s\n");
  EXPECT_EQ(StepOf(*file).up().sql(), "");
}

TEST(SqlMigration, ReadsItsFirstComment) {
  const auto file = ParseUp(
      "-- Views over deposits.\n"
      "\n"
      "-- rationale: no step makes views: yet\n"
      "--irreversible:  nobody needs it\n"
      "  -- changes: users , user_deposits\r\n"
      "-- risk: HIGH\n"
      "-- description: one view\n"
      "-- author: ops@example.com\n"
      "-- date: 2025-11-21\n"
      "CREATE VIEW v AS SELECT 1;\n"
      "-- rationale: not this one\n");

  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(StepOf(*file).rationale(), "no step makes views: yet");
  EXPECT_EQ(StepOf(*file).irreversible(), "nobody needs it");
  EXPECT_THAT(StepOf(*file).changes_table(), ElementsAre("users", "user_deposits"));
  EXPECT_EQ(file->migration.risk(), v1::Migration::HIGH);
  EXPECT_EQ(file->migration.description(), "one view");
  EXPECT_EQ(file->migration.author(), "ops@example.com");
  EXPECT_EQ(file->migration.date(), "2025-11-21");
}

TEST(SqlMigration, SaysWhereItsFirstCommentIsWrong) {
  const auto refused = [](const std::string& text, const std::string& what) {
    SCOPED_TRACE(text);
    const absl::Status error = ParseUp(text).status();
    EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(error.message()),
                AllOf(StartsWith("0002_view.up.sql:2:1: "), HasSubstr(what)));
  };
  refused("-- x\n-- risk: GREAT\n", "risk: must be");
  refused("-- x\n-- risk: RISK_UNSPECIFIED\n", "risk: must be");
  refused("-- x\n-- changes: a,,b\n", "changes: must be");
  refused("-- rationale: a\n-- rationale: b\n", "rationale: was stated before");
}

TEST(SqlMigration, MayRepeatItsFirstCommentForTheOtherEngine) {
  const std::string header = "-- rationale: a\n-- changes: t\n";
  const auto file = ParseParts(
      {{"0002_v.up.postgres.sql", header + "SELECT 1;"}, {"0002_v.up.sqlite.sql", header}});

  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(StepOf(*file).rationale(), "a");
  EXPECT_THAT(StepOf(*file).changes_table(), ElementsAre("t"));
}

TEST(SqlMigration, LineEndsDoNotChangeTheChecksum) {
  const std::string checksum = ParseUp("SELECT 1;\nSELECT 2;\n")->checksum;

  EXPECT_EQ(ParseUp("SELECT 1;\r\nSELECT 2;\r\n")->checksum, checksum);
  EXPECT_EQ(ParseUp("SELECT 1;\nSELECT 2;")->checksum, checksum);
  EXPECT_EQ(ParseUp("SELECT 1;\nSELECT 2;\n\r\n\n")->checksum, checksum);
  EXPECT_EQ(ParseUp("\xef\xbb\xbfSELECT 1;\nSELECT 2;\n")->checksum, checksum);
  EXPECT_NE(ParseUp("SELECT 1;\n\nSELECT 2;\n")->checksum, checksum);
}

TEST(SqlMigration, NeedsAPartForUp) {
  const absl::Status error = ParseParts({{"0002_view.down.sql", "DROP VIEW v;"}}).status();

  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(error.message()), HasSubstr(".up.sql"));
  EXPECT_THAT(ParseParts({}), HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(SqlMigration, MustBeText) {
  EXPECT_THAT(ParseUp("SELECT '\xff';"), HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ParseUp(std::string("SELECT '\0';", 11)),
              HasCode(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace daybook::migration
