#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "migrator/backup/contents.h"
#include "migrator/backup/file_state.h"
#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"

namespace daybook::migrator::backup {

// Finding again what an earlier run made: a migrator that starts over and over
// must not fill the disk with copies of one and the same database.

// Those of `backups` that could serve: verified and there, encrypted with the key
// `key_id`, or not at all where it is empty, and with the schema `schema_digest`
// where that is not empty.
std::vector<Manifest> Candidates(const BackupJob& job, const std::vector<Manifest>& backups,
                                 const std::string& key_id, const std::string& schema_digest);

// The first of them that was made, or used last, while the database's file was
// as it is now, without reading the database. Its own file is whole.
absl::StatusOr<std::optional<Manifest>> FindUnchanged(const BackupJob& job,
                                                      const std::vector<Manifest>& candidates,
                                                      const std::optional<FileState>& database);

// The first of them that holds `contents`. Its own file is whole.
absl::StatusOr<std::optional<Manifest>> FindSame(const BackupJob& job,
                                                 const std::vector<Manifest>& candidates,
                                                 const Contents& contents);

// Notes in its manifest that it is used once more, for the database's file as it
// is now.
absl::Status NoteUse(const BackupJob& job, const std::optional<FileState>& database,
                     Manifest& manifest);

}  // namespace daybook::migrator::backup
