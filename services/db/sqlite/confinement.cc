#include "db/sqlite/confinement.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace daybook::db::sqlite {
namespace {

// They tell and change nothing. ALTER TABLE and the modules of virtual tables ask
// some of them on their own.
constexpr std::array<absl::string_view, 13> kHarmlessPragmas = {
    "data_version", "encoding",    "foreign_key_check", "foreign_key_list", "index_info",
    "index_list",   "index_xinfo", "integrity_check",   "page_size",        "quick_check",
    "table_info",   "table_list",  "table_xinfo"};

// Those that set something when they are given a value.
bool IsHarmless(const std::string& pragma, bool has_value) {
  if (has_value && (pragma == "page_size" || pragma == "encoding")) return false;
  return std::find(kHarmlessPragmas.begin(), kHarmlessPragmas.end(), pragma) !=
         kHarmlessPragmas.end();
}

// CREATE TABLE temp.t is told as one that makes a table, in a database called temp.
bool MakesObject(int action) {
  return action == SQLITE_CREATE_TABLE || action == SQLITE_CREATE_VIEW ||
         action == SQLITE_CREATE_INDEX || action == SQLITE_CREATE_TRIGGER ||
         action == SQLITE_CREATE_VTABLE;
}

std::string TextOf(const char* text) { return text == nullptr ? "" : text; }

}  // namespace

Confinement::Confinement(sqlite3* db, IsProtected is_protected)
    : db_(db), is_protected_(is_protected) {
  sqlite3_set_authorizer(db_, Authorize, this);
}

Confinement::~Confinement() { sqlite3_set_authorizer(db_, nullptr, nullptr); }

void Confinement::NextStatement() {
  changes_tables_ = false;
  refused_.clear();
}

int Confinement::Authorize(void* self, int action, const char* first, const char* second,
                           const char* database, const char* /*trigger*/) {
  auto& confinement = *static_cast<Confinement*>(self);
  std::string refused = confinement.Refuse(action, TextOf(first), TextOf(second));
  if (refused.empty() && MakesObject(action) && TextOf(database) == "temp") {
    refused = absl::StrCat("temporary ", TextOf(first));
  }
  if (refused.empty()) return SQLITE_OK;
  if (confinement.refused_.empty()) confinement.refused_ = std::move(refused);
  return SQLITE_DENY;
}

// SQLite itself writes its own tables when others are made, dropped or altered.
std::string Confinement::RefuseWrite(const std::string& table) const {
  const bool is_own_of_sqlite = absl::StartsWithIgnoreCase(table, "sqlite_");
  const bool is_schema = table == "sqlite_master" || table == "sqlite_schema" ||
                         table == "sqlite_temp_master" || table == "sqlite_temp_schema";
  const bool is_kept_by_sqlite =
      absl::StartsWith(table, "sqlite_stat") || (changes_tables_ && table == "sqlite_sequence");
  const bool is_refused =
      is_own_of_sqlite ? !is_schema && !is_kept_by_sqlite : is_protected_(table);
  return is_refused ? absl::StrCat("a write to ", table) : "";
}

std::string Confinement::Refuse(int action, const std::string& first, const std::string& second) {
  switch (action) {
    case SQLITE_TRANSACTION:
      return first;
    case SQLITE_SAVEPOINT:
      return absl::StrCat(first == "BEGIN" ? "SAVEPOINT" : first, " ", second);
    case SQLITE_ATTACH:
      return "ATTACH";
    case SQLITE_DETACH:
      return "DETACH";
    case SQLITE_PRAGMA:
      return IsHarmless(first, !second.empty()) ? "" : absl::StrCat("PRAGMA ", first);
    case SQLITE_FUNCTION:
      return second == "load_extension" ? second : "";
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_TRIGGER:
    case SQLITE_CREATE_TEMP_VIEW:
      return absl::StrCat("temporary ", first);
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_VTABLE:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_VTABLE:
      changes_tables_ = true;
      return is_protected_(first) ? absl::StrCat("a change of ", first) : "";
    case SQLITE_ALTER_TABLE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TRIGGER:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TRIGGER:
      changes_tables_ = changes_tables_ || action == SQLITE_ALTER_TABLE;
      return is_protected_(second) ? absl::StrCat("a change of ", second) : "";
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
      return RefuseWrite(first);
    default:
      return "";
  }
}

}  // namespace daybook::db::sqlite
