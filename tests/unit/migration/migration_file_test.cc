#include "migrator/migration/migration_file.h"

#include <string>

#include <gmock/gmock.h>

#include "absl/strings/str_replace.h"

#include "migrator/migration/file_name.h"
#include "support/status_matchers.h"

namespace daybook::migration {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kSmall[] = R"(version: 1
name: "small"
step {
  add_check {
    table: "t" column: "c" name: "t_c"
    rule { int64 { gte: 0 } }
    rationale: "why"
  }
}
)";

absl::StatusOr<MigrationFile> ParseText(const std::string& text) {
  return ParseMigration("0001_small.textproto", text);
}

void ExpectRefused(const std::string& text, const std::string& where, const std::string& what) {
  SCOPED_TRACE(text);
  const absl::Status error = ParseText(text).status();
  EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(std::string(error.message()),
              AllOf(StartsWith("0001_small.textproto" + where + ": "), HasSubstr(what)));
}

TEST(MigrationFile, HoldsWhatTheFileSays) {
  const auto file = ParseText(kSmall);

  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->file_name, "0001_small.textproto");
  EXPECT_EQ(file->migration.version(), 1);
  EXPECT_EQ(file->migration.step(0).add_check().rule().int64().gte(), 0);
  EXPECT_EQ(file->checksum, ChecksumOf(file->migration));
}

TEST(MigrationFile, AnErrorSaysWhereTheFirstFaultIs) {
  ExpectRefused("version: 1\nname: \"small\"\nstep { add_chek {} }\nstep { nothing {} }", ":3:17",
                "add_chek");
  ExpectRefused("version: 1\nname: \"small\"\nstep {\n  add_check { tabel: \"t\" } }", ":4:20",
                "tabel");
  ExpectRefused("version: one", ":1:10", "Expected integer");
  ExpectRefused("version: 1 risk: GREAT", ":1:23", "GREAT");
  ExpectRefused("version: 1 version: 1", ":1:19", "multiple times");
  ExpectRefused("step { sql {} add_check {} }", ":1:25", "oneof");
  ExpectRefused("name: \"small", ":1:13", "string");
  ExpectRefused("step {\n", ":2:1", "Expected");
}

TEST(MigrationFile, MustAgreeWithItsName) {
  ExpectRefused("name: \"small\"\nversion: 2", ":2:1", "version is 2, but the file's name says 1");
  ExpectRefused("version: 1 name: \"large\"", ":1:12", "\"large\"");
  ExpectRefused("", ":1:1", "version is 0");
}

TEST(MigrationFile, RefusesValuesThatNoMigrationMayHave) {
  const std::string head = "version: 1 name: \"small\"\n";
  ExpectRefused(head + "risk: 77", ":2:1", "risk: 77 is none");
  ExpectRefused(head + "step { add_check { rationale: \"\\377\" } }", ":2:20", "not UTF-8");
  ExpectRefused(head + "author: \"a\\000b\"", ":2:1", "U+0000");
  ExpectRefused(head + "environment: \"a\"\nenvironment: \"\\377\"", ":3:1", "not UTF-8");
  ExpectRefused(head + "invariant { tolerance: nan }", ":2:13", "finite");
  ExpectRefused(head + "invariant { tolerance: inf }", ":2:13", "finite");
  EXPECT_THAT(ParseText(head + "risk: 4 author: \"한\\0011\" invariant { tolerance: 0.5 }"),
              IsOk());
}

TEST(MigrationFile, MustBeText) {
  ExpectRefused("\xff", "", "not UTF-8");
  ExpectRefused(std::string("version: 1\0", 11), "", "U+0000");
}

TEST(MigrationFile, MustHaveTheNameOfOne) {
  for (const char* name : {"0001_small", "001_small.textproto", "0000_small.textproto",
                           "0001_Small.textproto", "0001_.textproto", "0001_9.textproto",
                           "00001_small.textproto", "x0001_small.textproto", "0001-small.textproto",
                           "0001_small.textproto.txt", "0001_sm.all.textproto", ".textproto"}) {
    SCOPED_TRACE(name);
    const absl::Status error = ParseMigration(name, kSmall).status();
    EXPECT_THAT(error, HasCode(absl::StatusCode::kInvalidArgument));
    EXPECT_THAT(std::string(error.message()), AllOf(StartsWith(name), HasSubstr("NNNN_name")));
  }
  EXPECT_THAT(ParseMigration("0001_small.up.sql", kSmall),
              HasCode(absl::StatusCode::kInvalidArgument));
}

TEST(MigrationFileName, TellsPartAndEngine) {
  const auto name = ParseFileName("0042_a_2.down.postgres.sql");

  ASSERT_THAT(name, IsOk());
  EXPECT_EQ(name->version, 42);
  EXPECT_EQ(name->name, "a_2");
  EXPECT_EQ(name->part, FileName::Part::kDown);
  EXPECT_EQ(name->engine, FileName::Engine::kPostgres);
}

TEST(MigrationChecksum, LooksThroughLayout) {
  const std::string checksum = ParseText(kSmall)->checksum;

  EXPECT_EQ(ParseText(absl::StrReplaceAll(kSmall, {{"\n", "\r\n"}}))->checksum, checksum);
  EXPECT_EQ(ParseText(absl::StrReplaceAll(kSmall, {{"\n", " # why\n\n\t"}}))->checksum, checksum);
  EXPECT_EQ(ParseText(std::string("\xef\xbb\xbf") + kSmall)->checksum, checksum);
  EXPECT_EQ(ParseText("name: 'sm' 'all', version: 0x1; step: < add_check < rationale: 'why'"
                      " rule < int64 < gte: 0 > > name: 't_c' column: 'c' table: 't' > >")
                ->checksum,
            checksum);
}

TEST(MigrationChecksum, SeesEveryValue) {
  const std::string checksum = ParseText(kSmall)->checksum;

  EXPECT_NE(ParseText(absl::StrReplaceAll(kSmall, {{"gte: 0", "gte: 1"}}))->checksum, checksum);
  EXPECT_NE(ParseText(absl::StrReplaceAll(kSmall, {{"gte: 0", "gt: 0"}}))->checksum, checksum);
  EXPECT_NE(ParseText(absl::StrReplaceAll(kSmall, {{"gte: 0", ""}}))->checksum, checksum);
  EXPECT_NE(ParseText(absl::StrReplaceAll(kSmall, {{"why", "Why"}}))->checksum, checksum);
  EXPECT_NE(ParseText(std::string(kSmall) + "risk: NONE")->checksum, checksum);
}

}  // namespace
}  // namespace daybook::migration
