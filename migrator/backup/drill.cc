#include "migrator/backup/drill.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/names.h"
#include "migrator/backup/unpack.h"

namespace daybook::migrator::backup {
namespace {

absl::Status Rehearse(const BackupJob& job, Manifest& manifest) {
  const absl::Time begin = job.clock.Now();
  DAYBOOK_RETURN_IF_ERROR(Unpack(job, manifest, FolderOf(job)).status());
  const absl::Time end = job.clock.Now();
  // Somebody may have used the backup meanwhile.
  DAYBOOK_ASSIGN_OR_RETURN(manifest, ReadManifest(ManifestPath(job, manifest)));
  SetTimestamp(FloorToMicros(end), manifest.mutable_drill()->mutable_at());
  manifest.mutable_drill()->set_duration_us(absl::ToInt64Microseconds(end - begin));
  return WriteManifest(job, manifest);
}

}  // namespace

absl::Status RehearseRestore(const BackupJob& job, Manifest& manifest) {
  return AsFailure(Rehearse(job, manifest), migration::ExitCode::kBackup,
                   absl::StrCat("backup ", manifest.id(), " could not be restored"),
                   "mend the cause, or make a new backup (backup create)");
}

}  // namespace daybook::migrator::backup
