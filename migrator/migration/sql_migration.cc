#include "migrator/migration/sql_migration.h"

#include <array>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "migrator/migration/file_name.h"
#include "migrator/migration/source_text.h"

namespace daybook::migration {
namespace {

// One spelling for all line ends, and one line end at the end.
std::string Normalised(absl::string_view text) {
  std::string normalised = absl::StrReplaceAll(text, {{"\r\n", "\n"}});
  const size_t end = normalised.find_last_not_of('\n');
  normalised.resize(end == std::string::npos ? 0 : end + 1);
  return normalised + "\n";
}

// Sets a text that the files for up may state once, or alike.
absl::Status SetOnce(absl::string_view key, const std::string& value, std::string* field) {
  if (!field->empty() && *field != value) {
    return absl::InvalidArgumentError(absl::StrCat(key, ": was stated before, differently"));
  }
  *field = value;
  return absl::OkStatus();
}

absl::Status SetRisk(const std::string& value, v1::Migration& migration) {
  v1::Migration::Risk risk = v1::Migration::RISK_UNSPECIFIED;
  if (!v1::Migration::Risk_Parse(value, &risk) || risk == v1::Migration::RISK_UNSPECIFIED) {
    return absl::InvalidArgumentError("risk: must be NONE, LOW, MEDIUM or HIGH");
  }
  migration.set_risk(risk);
  return absl::OkStatus();
}

absl::Status SetChanges(const std::string& value, v1::RunSql& step) {
  step.clear_changes_table();
  for (absl::string_view table : absl::StrSplit(value, ',')) {
    table = absl::StripAsciiWhitespace(table);
    if (table.empty()) {
      return absl::InvalidArgumentError("changes: must be names of tables, separated by commas");
    }
    step.add_changes_table(std::string(table));
  }
  return absl::OkStatus();
}

// Takes in one line of a file's first comment. Any other comment is just that.
absl::Status ReadHeaderLine(absl::string_view line, v1::Migration& migration) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(absl::StripPrefix(line, "--"), absl::MaxSplits(':', 1));
  const absl::string_view key = absl::StripAsciiWhitespace(parts.first);
  const std::string value(absl::StripAsciiWhitespace(parts.second));
  v1::RunSql& step = *migration.mutable_step(0)->mutable_sql();
  if (key == "rationale") return SetOnce(key, value, step.mutable_rationale());
  if (key == "irreversible") return SetOnce(key, value, step.mutable_irreversible());
  if (key == "description") return SetOnce(key, value, migration.mutable_description());
  if (key == "author") return SetOnce(key, value, migration.mutable_author());
  if (key == "date") return SetOnce(key, value, migration.mutable_date());
  if (key == "risk") return SetRisk(value, migration);
  if (key == "changes") return SetChanges(value, step);
  return absl::OkStatus();
}

absl::Status ReadHeader(const std::string& file_name, absl::string_view text,
                        v1::Migration& migration) {
  int number = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) continue;
    if (!absl::StartsWith(line, "--")) break;
    const absl::Status status = ReadHeaderLine(line, migration);
    if (!status.ok()) return FileError(file_name, number, 1, status.message());
  }
  return absl::OkStatus();
}

std::string* FieldOf(FileName::Engine engine, v1::SqlText& text) {
  switch (engine) {
    case FileName::Engine::kBoth:
      return text.mutable_sql();
    case FileName::Engine::kSqlite:
      return text.mutable_sqlite();
    case FileName::Engine::kPostgres:
      return text.mutable_postgres();
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<MigrationFile> ParseSqlMigration(std::span<const SqlFile> files) {
  MigrationFile result;
  v1::RunSql& step = *result.migration.add_step()->mutable_sql();
  for (const SqlFile& file : files) {
    DAYBOOK_ASSIGN_OR_RETURN(const FileName name, ParseFileName(file.name));
    if (name.part == FileName::Part::kDeclaration) {
      return FileError(file.name, "is a declaration, not SQL");
    }
    DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view bytes, SourceText(file.name, file.bytes));
    std::string text = Normalised(bytes);
    result.migration.set_version(name.version);
    result.migration.set_name(name.name);
    const bool is_up = name.part == FileName::Part::kUp;
    if (is_up) {
      DAYBOOK_RETURN_IF_ERROR(ReadHeader(file.name, text, result.migration));
      if (result.file_name.empty() || name.engine == FileName::Engine::kBoth) {
        result.file_name = file.name;
      }
    }
    v1::SqlText& sql = is_up ? *step.mutable_up() : *step.mutable_down();
    *FieldOf(name.engine, sql) = std::move(text);
  }
  if (result.file_name.empty()) {
    return FileError(files.empty() ? "" : files.front().name,
                     "undoes a migration that is not there; write its .up.sql beside it");
  }
  result.checksum = ChecksumOf(result.migration);
  return result;
}

}  // namespace daybook::migration
