#include "schema/store_ddl.h"

#include "absl/strings/str_cat.h"

#include "daybook/audit/v1/event.pb.h"
#include "schema/event_table.h"
#include "schema/sqlite_ddl.h"

namespace daybook::schema {
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

constexpr char kCatalogSchema[] = R"(CREATE TABLE catalog_schema (
  position INTEGER PRIMARY KEY,
  statement TEXT NOT NULL
) STRICT)";

// Of 2^16 leaves each: with them a proof in a large log reads few tiles, and none
// that retention may have dropped.
constexpr char kSubtrees[] = R"(CREATE TABLE subtrees (
  number INTEGER PRIMARY KEY,
  hash BLOB NOT NULL
    CONSTRAINT subtrees_hash CHECK (length(hash) = 32)
) STRICT)";

constexpr char kCheckpoints[] = R"(CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  signed_at INTEGER NOT NULL,
  note TEXT NOT NULL
) STRICT)";

// What witnesses have said of the checkpoints: of each the latest.
constexpr char kCosignatures[] = R"(CREATE TABLE cosignatures (
  size INTEGER NOT NULL,
  witness TEXT NOT NULL,
  cosigned_at INTEGER NOT NULL,
  line TEXT NOT NULL,
  PRIMARY KEY (size, witness)
) STRICT, WITHOUT ROWID)";

// The leaves of the newest checkpoint that no complete tile holds.
constexpr char kEdge[] = R"(CREATE TABLE edge (
  only INTEGER PRIMARY KEY
    CONSTRAINT edge_only CHECK (only = 1),
  size INTEGER NOT NULL,
  leaves BLOB NOT NULL
) STRICT)";

// What was erased, or is about to be: places in the log, and no person.
constexpr char kErasures[] = R"(CREATE TABLE erasures (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  field_groups TEXT NOT NULL,
  ranges TEXT NOT NULL,
  planned_at INTEGER NOT NULL,
  completed_at INTEGER
) STRICT)";

constexpr char kManifests[] = R"(CREATE TABLE manifests (
  span INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  counts TEXT NOT NULL
) STRICT)";

// The keys that the log has signed with, and where it says so. No event adds the first.
constexpr char kSigningKeys[] = R"(CREATE TABLE signing_keys (
  verifier TEXT PRIMARY KEY,
  added_seq INTEGER,
  retired_seq INTEGER
) STRICT)";

// Where the log begins; events below are dropped.
constexpr char kLogBegin[] = R"(CREATE TABLE log_begin (
  only INTEGER PRIMARY KEY
    CONSTRAINT log_begin_only CHECK (only = 1),
  seq INTEGER NOT NULL
) STRICT)";

// What remains of what is dropped: tiles that old checkpoints are proven with, and the
// leaves of the events that sum it up.
constexpr char kKeptTiles[] = R"(CREATE TABLE kept_tiles (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL
    CONSTRAINT kept_tiles_hashes CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID)";

constexpr char kKeptLeaves[] = R"(CREATE TABLE kept_leaves (
  seq INTEGER PRIMARY KEY,
  leaf BLOB NOT NULL
) STRICT)";

// What would take long to count again, as of a size of the log and its last leaf then.
constexpr char kSnapshots[] = R"(CREATE TABLE snapshots (
  name TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  last_leaf BLOB NOT NULL
    CONSTRAINT snapshots_last_leaf CHECK (length(last_leaf) = 32),
  content BLOB NOT NULL
) STRICT)";

constexpr char kLedgerVersion2[] = "PRAGMA user_version = 2";

constexpr char kSegments[] = R"(CREATE TABLE segments (
  number INTEGER PRIMARY KEY,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  first_time INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  first_event_time INTEGER NOT NULL,
  last_event_time INTEGER NOT NULL,
  counted INTEGER NOT NULL,
  generation INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT)";

constexpr char kSegmentCounts[] = R"(CREATE TABLE segment_counts (
  segment INTEGER NOT NULL,
  action TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  events INTEGER NOT NULL,
  PRIMARY KEY (segment, action, outcome)
) STRICT, WITHOUT ROWID)";

constexpr char kTilesName[] = "tiles";
constexpr char kTiles[] = R"(CREATE TABLE tiles (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL
    CONSTRAINT tiles_hashes CHECK (length(hashes) = 8192),
  PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID)";

// What the events of a block come to, by kind: written when the segment is sealed.
constexpr char kTotalsName[] = "totals";
constexpr char kTotals[] = R"(CREATE TABLE totals (
  block INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  action TEXT NOT NULL,
  outcome INTEGER NOT NULL,
  events INTEGER NOT NULL,
  first_time INTEGER NOT NULL,
  last_time INTEGER NOT NULL,
  newest TEXT NOT NULL,
  amounts INTEGER NOT NULL,
  amount TEXT NOT NULL,
  PRIMARY KEY (block, tenant, action, outcome)
) STRICT, WITHOUT ROWID)";

constexpr char kSealIndex[] = R"(CREATE TABLE seal_index (
  position INTEGER PRIMARY KEY,
  statement TEXT NOT NULL
) STRICT)";

std::string AppendOnlyTrigger(const std::string& table, const std::string& name,
                              const std::string& operation) {
  return absl::StrCat("CREATE TRIGGER ", table, "_no_", name, " BEFORE ", operation, " ON ", table,
                      "\nBEGIN SELECT RAISE(ABORT, '", table, " is append-only'); END");
}

// INSERT OR REPLACE gets past the triggers on UPDATE and DELETE; and a sealed
// segment has no room.
std::string SealedTrigger(const std::string& table) {
  return absl::StrCat("CREATE TRIGGER ", table, "_sealed BEFORE INSERT ON ", table,
                      "\nBEGIN SELECT RAISE(ABORT, 'this segment is sealed'); END");
}

Table EventTable() { return TableOf(*audit::v1::Event::descriptor()); }

// What a store keeps of an event that the event itself does not show.
std::vector<StoreColumn> StoreColumns() {
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

std::vector<std::string> LedgerDdl() { return {kIdentity, kHistory, kSettings, kCatalogSchema}; }

std::vector<std::string> CatalogDdl() { return {kIdentity, kSegments, kSegmentCounts}; }

std::vector<std::string> SegmentDdl() {
  const Table events = EventTable();
  std::vector<std::string> statements = {kIdentity, SqliteCreateTable(events, StoreColumns())};
  for (const auto& index : events.indexes) statements.push_back(SqliteCreateIndex(events, index));
  for (std::string& statement :
       std::vector<std::string>{AppendOnlyTrigger(events.name, "update", "UPDATE"),
                                AppendOnlyTrigger(events.name, "delete", "DELETE"), kTiles,
                                AppendOnlyTrigger(kTilesName, "update", "UPDATE"),
                                AppendOnlyTrigger(kTilesName, "delete", "DELETE"), kTotals,
                                AppendOnlyTrigger(kTotalsName, "update", "UPDATE"),
                                AppendOnlyTrigger(kTotalsName, "delete", "DELETE"), kSealIndex}) {
    statements.push_back(std::move(statement));
  }
  return statements;
}

std::vector<std::string> SealStatements() {
  const Table table = EventTable();
  std::vector<std::string> statements;
  for (const auto& index : table.sealed_indexes) {
    statements.push_back(SqliteCreateIndex(table, index));
  }
  statements.push_back(SealedTrigger(table.name));
  statements.push_back(SealedTrigger(kTilesName));
  statements.push_back(SealedTrigger(kTotalsName));
  return statements;
}

std::vector<std::string> KeepLedgerDdl() {
  return {kLedgerVersion2, kSubtrees,    kCheckpoints, kCosignatures, kEdge,       kErasures,
          kManifests,      kSigningKeys, kLogBegin,    kKeptTiles,    kKeptLeaves, kSnapshots};
}

}  // namespace daybook::schema
