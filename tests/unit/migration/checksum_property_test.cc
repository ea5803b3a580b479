#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "google/protobuf/text_format.h"
#include "migrator/migration/migration_set.h"
#include "support/status_matchers.h"

namespace daybook::migration {
namespace {

using ::daybook::testing::IsOk;

std::string FileText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The example files, with their paths.
std::vector<std::pair<std::string, MigrationFile>> Examples() {
  std::vector<std::pair<std::string, MigrationFile>> examples;
  for (const char* name : {"deposits", "channels", "trades", "portfolio"}) {
    const std::string folder = absl::StrCat(DAYBOOK_MIGRATIONS_DIR "/", name);
    const auto set = MigrationSet::Read(folder);
    EXPECT_THAT(set, IsOk());
    if (!set.ok()) continue;
    for (const MigrationFile& file : set->files()) {
      examples.emplace_back(absl::StrCat(folder, "/", file.file_name), file);
    }
  }
  return examples;
}

// The same declaration with other spaces, comments and line ends.
std::string LaidOutAnew(const std::string& text, std::mt19937& random) {
  const auto one_of = [&](std::vector<std::string> choices) {
    return choices[std::uniform_int_distribution<size_t>(0, choices.size() - 1)(random)];
  };
  std::string result;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&result, one_of({"", " ", "\t\t", "\r\n", "# \"a comment {\n"}),
                    absl::StripAsciiWhitespace(line), one_of({"", "  ", " # }", "\t#\"", " #한글"}),
                    one_of({"\n", "\r\n", "\n\n"}));
  }
  return result;
}

TEST(MigrationChecksum, DoesNotDependOnLayout) {
  std::mt19937 random(20251121);
  for (const auto& [path, file] : Examples()) {
    for (int round = 0; round < 50; ++round) {
      const std::string text = LaidOutAnew(FileText(path), random);
      const auto again = ParseMigration(file.file_name, text);
      ASSERT_THAT(again, IsOk()) << text;
      ASSERT_EQ(again->checksum, file.checksum) << text;
    }
  }
}

TEST(MigrationChecksum, DoesNotDependOnWhoPrintsIt) {
  for (const auto& [path, file] : Examples()) {
    for (const bool on_one_line : {false, true}) {
      google::protobuf::TextFormat::Printer printer;
      printer.SetSingleLineMode(on_one_line);
      printer.SetUseUtf8StringEscaping(on_one_line);
      std::string text;
      ASSERT_TRUE(printer.PrintToString(file.migration, &text));
      const auto again = ParseMigration(file.file_name, text);
      ASSERT_THAT(again, IsOk()) << text;
      EXPECT_EQ(again->checksum, file.checksum) << text;
    }
  }
}

TEST(MigrationChecksum, IsAnotherForEachMigration) {
  std::vector<std::string> checksums;
  for (const auto& [path, file] : Examples()) checksums.push_back(file.checksum);
  std::sort(checksums.begin(), checksums.end());

  EXPECT_EQ(checksums.size(), 13U);
  EXPECT_EQ(std::adjacent_find(checksums.begin(), checksums.end()), checksums.end());
}

}  // namespace
}  // namespace daybook::migration
