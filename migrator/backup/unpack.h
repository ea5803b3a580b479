#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "migrator/backup/job.h"
#include "migrator/backup/manifest.h"
#include "migrator/backup/scratch_file.h"
#include "migrator/vault/key.h"

namespace daybook::migrator::backup {

// The job's key, with a warning where others may read it; none where the job has
// no key file. A Failure where it is no key.
absl::StatusOr<std::optional<vault::Key>> ReadKey(const BackupJob& job);

// The database that is in a backup, as a new file in `folder`, decrypted, on
// disk, and proved to be sound and to hold what the manifest says. The backup is
// only read.
//
// DATA_LOSS           the backup is not what was verified
// PERMISSION_DENIED   it is encrypted, and not with the job's key
// otherwise as durable_file.h says
absl::StatusOr<ScratchFile> Unpack(const BackupJob& job, const Manifest& manifest,
                                   const std::string& folder);

// A Failure where a folder has no room for so many bytes.
absl::Status CheckSpace(const std::string& folder, uint64_t bytes);

}  // namespace daybook::migrator::backup
