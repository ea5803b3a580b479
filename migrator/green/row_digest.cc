#include "migrator/green/row_digest.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/sqlite/own_tables.h"
#include "migrator/vault/hasher.h"

namespace daybook::migrator::green {
namespace {

constexpr char kSequences[] = "sqlite_sequence";

bool IsOfApplication(const std::string& table) {
  if (table == kSequences) return true;
  return !sqlite::IsOwnTable(table) && !absl::StartsWith(table, "sqlite_");
}

// With its length, so that nothing can move between two parts.
void AddPart(absl::string_view name, absl::string_view value, vault::Hasher& hasher) {
  hasher.Add(absl::StrCat(name.size(), ":", name, "=", value.size(), ":", value, "\n"));
}

}  // namespace

std::string DigestOfRows(const backup::Contents& contents) {
  vault::Hasher hasher;
  AddPart("schema", contents.schema_digest(), hasher);
  AddPart("user_version", absl::StrCat(contents.user_version()), hasher);
  AddPart("application_id", absl::StrCat(contents.application_id()), hasher);
  for (const backup::TableContents& table : contents.table()) {
    if (IsOfApplication(table.name())) AddPart(table.name(), table.fingerprint(), hasher);
  }
  return hasher.Finish();
}

}  // namespace daybook::migrator::green
