#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"

#include "fuzz_target.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "migrator/migration/lint.h"
#include "migrator/migration/risk.h"
#include "migrator/migration/sql_migration.h"

namespace {

using ::daybook::migration::MigrationFile;

class NoErrors final : public google::protobuf::io::ErrorCollector {
  void AddError(int, google::protobuf::io::ColumnNumber, const std::string&) override {}
};

// The name that a file with this text must have, as far as can be told.
std::string NameFor(const std::string& text) {
  NoErrors errors;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  daybook::migration::v1::Migration migration;
  parser.ParseFromString(text, &migration);
  return absl::StrFormat("%04d_%s.textproto", migration.version(), migration.name());
}

void Judge(const MigrationFile& file) {
  for (const auto& finding : daybook::migration::Lint({&file, 1})) {
    if (finding.id.empty() || finding.message.empty()) std::abort();
  }
  (void)daybook::migration::RiskOf(file.migration);
}

}  // namespace

// Any bytes end as a migration that can be judged, and that stays the same when
// it is printed and parsed again, or as an error that names the file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string name = NameFor(bytes);
  const auto file = daybook::migration::ParseMigration(name, bytes);
  if (file.ok()) {
    Judge(*file);
    std::string printed;
    google::protobuf::TextFormat::PrintToString(file->migration, &printed);
    const auto again = daybook::migration::ParseMigration(name, printed);
    if (!again.ok() || again->checksum != file->checksum) std::abort();
  } else if (!absl::IsInvalidArgument(file.status()) ||
             !absl::StartsWith(file.status().message(), name)) {
    std::abort();
  }
  const daybook::migration::SqlFile sql{.name = "0001_fuzz.up.sql", .bytes = bytes};
  const auto script = daybook::migration::ParseSqlMigration({&sql, 1});
  if (script.ok()) Judge(*script);
  return 0;
}
