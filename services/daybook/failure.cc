#include "daybook/failure.h"

#include <iostream>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "daybook/terminal_text.h"

namespace daybook::cli {
namespace {

constexpr char kNotVerifiedMark[] = "daybook.cli/not-verified";
constexpr char kUsageMark[] = "daybook.cli/usage";

absl::Status Marked(absl::StatusCode code, absl::string_view message, const char* mark) {
  absl::Status error(code, message);
  error.SetPayload(mark, absl::Cord());
  return error;
}

ExitCode ExitCodeOf(const absl::Status& error) {
  if (IsNotVerified(error)) return ExitCode::kNotVerified;
  if (error.GetPayload(kUsageMark).has_value()) return ExitCode::kUsage;
  switch (error.code()) {
    case absl::StatusCode::kNotFound:
      return ExitCode::kNotFound;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
      return ExitCode::kUnavailable;
    default:
      return ExitCode::kRefused;
  }
}

std::string KindOf(const absl::Status& error) {
  if (IsNotVerified(error)) return "NOT VERIFIED";
  const std::string reason = ReasonIn(error);
  return absl::StrCat(absl::StatusCodeToString(error.code()), reason.empty() ? "" : " / ", reason);
}

}  // namespace

absl::Status NotVerifiedError(absl::string_view message) {
  return Marked(absl::StatusCode::kFailedPrecondition, message, kNotVerifiedMark);
}

absl::Status UsageError(absl::string_view message) {
  return Marked(absl::StatusCode::kInvalidArgument, message, kUsageMark);
}

bool IsNotVerified(const absl::Status& error) {
  return error.GetPayload(kNotVerifiedMark).has_value();
}

absl::Status About(absl::string_view what, const absl::Status& error) {
  absl::Status named(error.code(), absl::StrCat(what, ": ", error.message()));
  error.ForEachPayload([&named](absl::string_view url, const absl::Cord& payload) {
    named.SetPayload(url, payload);
  });
  return named;
}

ExitCode TellFailure(const absl::Status& error) {
  std::cerr << "daybook: " << KindOf(error) << ": " << ForTerminal(std::string(error.message()))
            << '\n';
  const google::rpc::BadRequest request = BadRequestIn(error);
  for (int i = 1; i < request.field_violations_size(); ++i) {
    const auto& violation = request.field_violations(i);
    std::cerr << "  also " << ForTerminal(violation.field()) << ": "
              << ForTerminal(violation.description()) << '\n';
  }
  return ExitCodeOf(error);
}

}  // namespace daybook::cli
