#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/migration/v1/migration.pb.h"
#include "db/sqlite/connection.h"
#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"
#include "migrator/backup/upload.h"

namespace daybook::migrator::backup {

// A backup that is wanted.
struct NewBackup {
  int version = 0;              // of the schema, as the history says
  std::string why = "request";  // what it is for
  // SchemaModel::Digest() that the database must have; any where empty.
  std::string schema_digest = {};
  // What else the manifest keeps: the migrations applied or pending, and the
  // settings of the run. No secrets.
  std::vector<migration::v1::Migration> migrations = {};
  std::map<std::string, std::string> settings = {};
  std::optional<Upload> upload = {};
};

// Makes a backup of the database that `held` keeps in a transaction, proves that
// it holds what `held` reads, and tells its manifest: the backup is in its place,
// on disk and verified. A backup that is there already and holds the very same is
// told instead, with one attempt more.
//
// `held` holds the write lock (BEGIN IMMEDIATE) and has written nothing yet; then
// nothing slips between the backup and what follows. In a transaction that has
// only read, the backup is of what it reads, and others write on. The caller
// holds LockForMigrating(database).
//
// Failures leave the database as it was, and nothing in the folder:
//   kBackup     there is no verified backup
//   kResources  the folder is missing, read-only or too full
//   kUsage      the key file is no key
absl::StatusOr<Manifest> CreateBackup(const BackupJob& job, const NewBackup& wanted,
                                      db::sqlite::Connection& held);

}  // namespace daybook::migrator::backup
