#include "migrator/backup/verify.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/backup/check.h"
#include "migrator/backup/failures.h"
#include "migrator/backup/names.h"
#include "migrator/backup/unpack.h"

namespace daybook::migrator::backup {
namespace {

absl::Status Verify(const BackupJob& job, const Manifest& manifest) {
  if (!manifest.has_verified_at()) {
    return BadBackupError("the run that made it did not come to its end");
  }
  DAYBOOK_RETURN_IF_ERROR(CheckFile(job, manifest));
  if (manifest.encrypted()) return Unpack(job, manifest, FolderOf(job)).status();
  return CheckDatabase(job, BackupPath(job, manifest), manifest.contents());
}

}  // namespace

absl::Status VerifyBackup(const BackupJob& job, const Manifest& manifest) {
  return AsFailure(Verify(job, manifest), migration::ExitCode::kBackup,
                   absl::StrCat("backup ", manifest.id(), " is not usable"),
                   "choose another (backup list), or make a new one (backup create)");
}

}  // namespace daybook::migrator::backup
