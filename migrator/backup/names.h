#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "migrator/backup/job.h"

namespace daybook::migrator::backup {

// How files are named; docs/backups.md says it for people.

// Absolute and without links.
std::string RealPath(const std::string& path);

// The real path of the database's file.
std::string DatabasePath(const BackupJob& job);

// Where the job's backups lie.
std::string FolderOf(const BackupJob& job);

// "<database>-<version>-<time>-<run>", and the names of files that begin so.
std::string BackupIdPrefix(const BackupJob& job);
std::string BackupId(const BackupJob& job, int version, absl::Time at);
std::string BackupFileName(const std::string& id, bool encrypted);
std::string ManifestFileName(const std::string& id);

// The name of the report of a rehearsal, "<database>-rehearsal-<time>-<run>.json",
// and whether a file that lies among the backups is one.
std::string RehearsalFileName(const BackupJob& job, absl::Time at);
bool IsRehearsalFileName(const BackupJob& job, absl::string_view name);

// What a file in `folder` is called until it is whole.
std::string PartialPath(const BackupJob& job, const std::string& folder, absl::string_view kind);

// Removes from `folder` what earlier runs of the migrator on this database left
// unfinished. What a living process holds stays.
absl::Status RemovePartials(const BackupJob& job, const std::string& folder);

}  // namespace daybook::migrator::backup
