#include "migrator/backup/failures.h"

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::migrator::backup {

absl::Status AsFailure(const absl::Status& error, migration::ExitCode code, absl::string_view what,
                       absl::string_view next) {
  if (error.ok() || absl::IsCancelled(error) || migration::IsFailure(error)) return error;
  return migration::Failure(code, absl::StrCat(what, ": ", error.message()), next);
}

absl::Status CheckStop(const BackupJob& job) {
  if (job.stop == nullptr || !job.stop->load()) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kCancelled, Reason::kCancelled, "stopped as asked");
}

absl::Status BadBackupError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, what);
}

}  // namespace daybook::migrator::backup
