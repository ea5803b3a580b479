#include "migrator/green/failures.h"

#include "absl/strings/str_cat.h"

#include "migrator/migration/failure.h"

namespace daybook::migrator::green {

using ::daybook::migration::ExitCode;
using ::daybook::migration::Failure;

absl::Status CannotExchangeError(absl::string_view database, absl::string_view why) {
  return Failure(ExitCode::kRefused,
                 absl::StrCat("`strategy: BLUE_GREEN` is not possible for ", database, ": ", why),
                 "mend that, or leave `strategy` to the planner; nothing was changed");
}

absl::Status InUseError(absl::string_view how) {
  return Failure(ExitCode::kServiceLive,
                 absl::StrCat("another program is using the database: ", how),
                 "stop it, then run it again; nothing was changed");
}

absl::Status AsFailure(const absl::Status& error) {
  if (error.ok() || absl::IsAborted(error) || absl::IsCancelled(error) ||
      migration::IsFailure(error)) {
    return error;
  }
  // A copy that is not what was copied, or of what is damaged.
  if (absl::IsDataLoss(error)) {
    return Failure(ExitCode::kBackup, absl::StrCat("no verified copy: ", error.message()),
                   "mend the cause, then run it again; nothing was changed");
  }
  const ExitCode code = migration::ExitCodeOf(error) == ExitCode::kResources ? ExitCode::kResources
                                                                             : ExitCode::kFailed;
  return Failure(code, absl::StrCat(error.message(), "; the files were not exchanged"),
                 "mend the cause, then run it again; nothing was changed");
}

}  // namespace daybook::migrator::green
