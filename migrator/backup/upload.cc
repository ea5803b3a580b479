#include "migrator/backup/upload.h"

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/backup/failures.h"
#include "migrator/process/child.h"

namespace daybook::migrator::backup {
namespace {

absl::Status Run(const BackupJob& job, const Upload& upload, const Manifest& manifest) {
  DAYBOOK_ASSIGN_OR_RETURN(
      process::Child child,
      process::Child::Start(
          {.arguments = {upload.command, BackupPath(job, manifest), ManifestPath(job, manifest)}}));
  return child.Wait(absl::Now() + upload.deadline, job.stop);
}

}  // namespace

absl::Status UploadBackup(const BackupJob& job, const Upload& upload, Manifest& manifest) {
  absl::Status done = Run(job, upload, manifest);
  if (absl::IsCancelled(done)) return done;
  if (done.ok()) {
    SetTimestamp(FloorToMicros(job.clock.Now()), manifest.mutable_uploaded_at());
    return WriteManifest(job, manifest);
  }
  const std::string what = absl::StrCat("the upload command ", upload.command, " failed");
  switch (upload.policy) {
    case Upload::Policy::kRequired:
      return AsFailure(done, migration::ExitCode::kBackup, what,
                       "mend it, or let it be best-effort; the backup is made and verified,"
                       " nothing was changed");
    case Upload::Policy::kBestEffort:
      job.observer.Note("warning", absl::StrCat(what, ": ", done.message()), {});
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::backup
