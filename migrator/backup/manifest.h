#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/migration/v1/record.pb.h"
#include "migrator/backup/job.h"

namespace daybook::migrator::backup {

using Manifest = migration::v1::BackupManifest;

// Why a restore makes a backup of what it replaces. The state that somebody wants to
// get away from is never the "latest-verified" one.
inline constexpr char kBeforeRestore[] = "pre-restore";

// Reads the manifest at `path`. NOT_FOUND where there is none; DATA_LOSS where
// it is no manifest, or one of a newer format.
absl::StatusOr<Manifest> ReadManifest(const std::string& path);

// Writes the manifest beside its backup, in the place of the one that is there:
// whole or not at all, also after a crash.
absl::Status WriteManifest(const BackupJob& job, const Manifest& manifest);

// The paths of a backup's file and of its manifest.
std::string BackupPath(const BackupJob& job, const Manifest& manifest);
std::string ManifestPath(const BackupJob& job, const Manifest& manifest);

}  // namespace daybook::migrator::backup
