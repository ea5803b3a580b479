#include "migrator/store/schema.h"

#include "absl/strings/str_cat.h"

#include "daybook/audit/v1/event.pb.h"
#include "ledger/hash.h"
#include "schema/event_table.h"
#include "schema/sqlite_ddl.h"

namespace daybook::migrator::store {
namespace {

// "DAYB", so that file(1) and sqlite3 tell what a file is; user_version is the
// version of its format.
constexpr char kIdentity[] = "PRAGMA application_id = 1145133378; PRAGMA user_version = 1";

constexpr char kHistory[] = R"(CREATE TABLE mig_history (
  version INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  suits_from INTEGER NOT NULL,
  applied_at INTEGER NOT NULL,
  duration_us INTEGER NOT NULL,
  applied_by TEXT NOT NULL
) STRICT)";

constexpr char kSettings[] = R"(CREATE TABLE store_settings (
  name TEXT PRIMARY KEY,
  value ANY NOT NULL
) STRICT, WITHOUT ROWID)";

constexpr char kSegments[] = R"(CREATE TABLE segments (
  number INTEGER PRIMARY KEY,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  first_time INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  state INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT)";

constexpr char kSealIndex[] = R"(CREATE TABLE seal_index (
  position INTEGER PRIMARY KEY,
  statement TEXT NOT NULL
) STRICT)";

constexpr char kNoUpdate[] = R"(CREATE TRIGGER audit_logs_no_update BEFORE UPDATE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'audit_logs is append-only'); END)";

constexpr char kNoDelete[] = R"(CREATE TRIGGER audit_logs_no_delete BEFORE DELETE ON audit_logs
BEGIN SELECT RAISE(ABORT, 'audit_logs is append-only'); END)";

schema::Table EventTable() { return schema::TableOf(*audit::v1::Event::descriptor()); }

// What a store keeps of an event that the event itself does not show.
std::vector<schema::StoreColumn> StoreColumns() {
  return {
      {.name = "salt",
       .definition = "BLOB\n    CONSTRAINT audit_logs_salt CHECK (length(salt) = 32)"},
      {.name = "redaction", .definition = "BLOB"},
      {.name = "leaf_version",
       .definition =
           "INTEGER NOT NULL\n    CONSTRAINT audit_logs_leaf_version CHECK (leaf_version = 1)"},
  };
}

}  // namespace

std::vector<std::string> LedgerDdl() { return {kIdentity, kHistory, kSettings}; }

std::vector<std::string> CatalogDdl() { return {kIdentity, kSegments}; }

std::vector<std::string> SegmentDdl() {
  return {kIdentity, schema::SqliteCreateTable(EventTable(), StoreColumns()), kNoUpdate, kNoDelete,
          kSealIndex};
}

std::vector<std::string> SealStatements() {
  const schema::Table table = EventTable();
  std::vector<std::string> statements;
  statements.reserve(table.sealed_indexes.size());
  for (const auto& index : table.sealed_indexes) {
    statements.push_back(schema::SqliteCreateIndex(table, index));
  }
  return statements;
}

std::string Checksum() {
  std::string all;
  for (const auto& part : {LedgerDdl(), CatalogDdl(), SegmentDdl(), SealStatements()}) {
    for (const std::string& statement : part) absl::StrAppend(&all, statement, ";\n");
  }
  return ledger::ToHex(ledger::Sha256(all));
}

}  // namespace daybook::migrator::store
