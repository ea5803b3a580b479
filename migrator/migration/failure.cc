#include "migrator/migration/failure.h"

#include <optional>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::migration {
namespace {

constexpr char kCode[] = "daybook.migration/exit_code";
constexpr char kNext[] = "daybook.migration/next";

std::optional<std::string> PayloadOf(const absl::Status& error, absl::string_view name) {
  const absl::optional<absl::Cord> payload = error.GetPayload(name);
  if (!payload) return std::nullopt;
  return std::string(*payload);
}

}  // namespace

bool IsRetryable(ExitCode code) {
  switch (code) {
    case ExitCode::kUnreachable:
    case ExitCode::kLockHeld:
    case ExitCode::kLockSpent:
    case ExitCode::kServiceLive:
    case ExitCode::kInterrupted:
    case ExitCode::kTerminated:
      return true;
    case ExitCode::kDone:
    case ExitCode::kUsage:
    case ExitCode::kPending:
    case ExitCode::kHistoryMismatch:
    case ExitCode::kNewerThanBuild:
    case ExitCode::kData:
    case ExitCode::kResources:
    case ExitCode::kRefused:
    case ExitCode::kFailed:
    case ExitCode::kVerification:
    case ExitCode::kNotPutBack:
    case ExitCode::kBudget:
    case ExitCode::kBackup:
    case ExitCode::kRestore:
      return false;
  }
  return false;
}

absl::Status Failure(ExitCode code, absl::string_view message, absl::string_view next) {
  absl::Status error = absl::FailedPreconditionError(message);
  error.SetPayload(kCode, absl::Cord(absl::StrCat(static_cast<int>(code))));
  error.SetPayload(kNext, absl::Cord(next));
  return error;
}

bool IsFailure(const absl::Status& error) { return PayloadOf(error, kCode).has_value(); }

ExitCode ExitCodeOf(const absl::Status& error) {
  if (const auto code = PayloadOf(error, kCode)) {
    int number = 0;
    if (absl::SimpleAtoi(*code, &number)) return static_cast<ExitCode>(number);
  }
  if (ReasonIn(error) == ReasonName(Reason::kStoreReadOnly)) return ExitCode::kResources;
  switch (error.code()) {
    case absl::StatusCode::kInvalidArgument:
      return ExitCode::kUsage;
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kPermissionDenied:
      return ExitCode::kResources;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kNotFound:
      return ExitCode::kUnreachable;
    case absl::StatusCode::kDataLoss:
      return ExitCode::kHistoryMismatch;
    case absl::StatusCode::kCancelled:
      return ExitCode::kTerminated;
    default:
      return ExitCode::kFailed;
  }
}

std::string NextIn(const absl::Status& error) { return PayloadOf(error, kNext).value_or(""); }

}  // namespace daybook::migration
