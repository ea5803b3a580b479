#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"
#include "daybook/migration/v1/record.pb.h"
#include "db/sqlite/connection.h"
#include "migrator/sqlite/records.h"
#include "migrator/sqlite/schema_model.h"

namespace daybook::migrator::sqlite {

// A migration that is applied.
struct AppliedMigration {
  int version = 0;
  std::string name;
  std::string checksum;
  int suits_from = 0;
  int suits_to = 0;        // 0 is no bound
  std::string applied_at;  // RFC 3339
  int64_t duration_us = 0;
  std::string applied_by;  // the build
  std::string run_id;
  std::string strategy;
  std::string schema_before;  // SchemaModel::Digest()
  std::string schema_after;
  std::string backup_id = {};             // "" where none was made
  migration::v1::Migration content = {};  // what was applied
};

// Ascending by version; empty where the migrator was never here.
absl::StatusOr<std::vector<AppliedMigration>> ReadHistory(db::sqlite::Connection& database);

// What the steps of an applied migration recorded, in their order.
absl::StatusOr<std::vector<migration::v1::StepRecord>> ReadSteps(db::sqlite::Connection& database,
                                                                 int version);

// Enters a migration, and what its steps did, into the history; or takes it out.
absl::Status AddToHistory(db::sqlite::Connection& database, const AppliedMigration& applied,
                          const std::vector<migration::v1::StepRecord>& steps);
absl::Status RemoveFromHistory(db::sqlite::Connection& database, int version);

// Puts these rows in the place of all that the history has. What the steps did
// stays as it was recorded.
absl::Status ReplaceHistory(db::sqlite::Connection& database,
                            const std::vector<AppliedMigration>& history);

// The schema as the last migration left it, object by object.
absl::Status WriteSnapshot(db::sqlite::Connection& database, const SchemaModel& schema);
absl::StatusOr<SchemaModel> ReadSnapshot(db::sqlite::Connection& database);

// Something the migrator did, for the chain of mig_event: each row's hash is
// over the one before it, so that none can be changed or taken out unseen.
struct MigrationEvent {
  std::string action;  // migration.applied, migration.rolled_back
  std::vector<std::pair<std::string, std::string>> details;
};
absl::Status AppendEvent(db::sqlite::Connection& database, const RunIdentity& run,
                         const MigrationEvent& event);

// A row of mig_event.
struct RecordedEvent {
  int64_t id = 0;
  std::string at;  // RFC 3339
  std::string run_id;
  std::string action;
  std::string details;  // JSON
  std::string hash;
};
absl::StatusOr<std::vector<RecordedEvent>> ReadEvents(db::sqlite::Connection& database);

// Makes these the rows of mig_event: an older copy of a database that takes its
// place again goes on with the history of the newer one.
absl::Status ReplaceEvents(db::sqlite::Connection& database,
                           const std::vector<RecordedEvent>& events);

// DATA_LOSS naming the first row of mig_event whose hash is not what it must be.
absl::Status CheckEventChain(db::sqlite::Connection& database);

}  // namespace daybook::migrator::sqlite
