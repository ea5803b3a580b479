#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"

#include "migrator/migration/migration_file.h"

namespace daybook::migration {

// One file of a migration that is written in SQL.
struct SqlFile {
  std::string name;   // NNNN_name.up.sql and the like
  std::string bytes;  // what it holds
};

// The migration that `files` make together: one step that runs them. They have
// the same NNNN_name, and one at least is for up. INVALID_ARGUMENT where a file
// is not UTF-8, or its first comment does not make sense.
//
// CRLF becomes LF, and the text ends with exactly one LF, so that neither
// changes the checksum. Everything else in the files does, comments included.
//
// The comment that the files for up begin with may hold, each on a line of its
// own and once:
//
//   -- rationale: why no declared step will do
//   -- irreversible: why there is no down
//   -- changes: the tables whose rows it changes, separated by commas
//   -- risk: NONE, LOW, MEDIUM or HIGH
//   -- description: what it is for
//   -- author: who answers for it
//   -- date: 2025-11-21
//
// Without `changes` the rows of every table must stay as they are, or
// verification fails and the migration is rolled back: of the two things that
// silence could mean, the one that loses nothing. Tables that the migration
// itself creates need no mention.
absl::StatusOr<MigrationFile> ParseSqlMigration(std::span<const SqlFile> files);

}  // namespace daybook::migration
