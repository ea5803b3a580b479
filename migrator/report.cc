#include "migrator/report.h"

#include "absl/strings/str_cat.h"

#include "migrator/signals.h"
#include "telemetry/log.h"

namespace daybook::migrator {
namespace {

using telemetry::JsonQuoted;

// What Kubernetes keeps of a container's last words.
constexpr size_t kMaxSummary = 4096;
// Quoting makes a byte six at most.
constexpr size_t kMaxCause = 400;

absl::string_view ResultName(ExitCode code) {
  switch (code) {
    case ExitCode::kDone:
      return "done";
    case ExitCode::kUsage:
      return "usage";
    case ExitCode::kPending:
      return "pending";
    case ExitCode::kHistoryMismatch:
      return "history_mismatch";
    case ExitCode::kNewerThanBuild:
      return "newer_than_build";
    case ExitCode::kData:
      return "data";
    case ExitCode::kResources:
      return "resources";
    case ExitCode::kRefused:
      return "refused";
    case ExitCode::kUnreachable:
      return "unreachable";
    case ExitCode::kLockHeld:
      return "lock_held";
    case ExitCode::kLockSpent:
      return "lock_spent";
    case ExitCode::kServiceLive:
      return "service_live";
    case ExitCode::kFailed:
      return "failed";
    case ExitCode::kVerification:
      return "verification";
    case ExitCode::kNotPutBack:
      return "not_put_back";
    case ExitCode::kBudget:
      return "budget";
    case ExitCode::kBackup:
      return "backup";
    case ExitCode::kRestore:
      return "restore";
    case ExitCode::kInterrupted:
      return "interrupted";
    case ExitCode::kTerminated:
      return "terminated";
  }
  return "";
}

// What helps where the error itself does not say.
absl::string_view UsualNext(ExitCode code) {
  switch (code) {
    case ExitCode::kResources:
      return "free space or grant permission, then run it again";
    case ExitCode::kHistoryMismatch:
      return "restore the file from a backup, or use the migrations that it was made with";
    case ExitCode::kUnreachable:
    case ExitCode::kInterrupted:
    case ExitCode::kTerminated:
      return "run it again";
    case ExitCode::kFailed:
      return "nothing was changed; mend the cause, then run it again";
    default:
      return "";
  }
}

// Cuts between characters.
absl::string_view Beginning(absl::string_view text) {
  if (text.size() <= kMaxCause) return text;
  size_t end = kMaxCause;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string SummaryOf(ExitCode code, absl::string_view result, absl::string_view cause,
                      absl::string_view next) {
  return absl::StrCat("{\"code\":", static_cast<int>(code),
                      ",\"retryable\":", migration::IsRetryable(code) ? "true" : "false",
                      ",\"result\":", JsonQuoted(result),
                      ",\"cause\":", JsonQuoted(Beginning(cause)),
                      ",\"next\":", JsonQuoted(Beginning(next)), "}\n");
}

std::string Summary(ExitCode code, absl::string_view result, absl::string_view cause,
                    absl::string_view next) {
  std::string summary = SummaryOf(code, result, cause, next);
  return summary.size() <= kMaxSummary ? summary : SummaryOf(code, result, "", "");
}

}  // namespace

void Report::Step(absl::string_view event, absl::string_view text, const Fields& fields) {
  if (format_ == Format::kJson) return WriteJson(event, text, fields);
  out_ << text << '\n';
  out_.flush();
}

ExitCode Report::Result(ExitCode code, absl::string_view result, absl::string_view text,
                        absl::string_view next, const Fields& fields) {
  summary_ = Summary(code, result, text, next);
  if (format_ == Format::kText) {
    out_ << text << '\n';
    if (!next.empty()) out_ << "next: " << next << '\n';
    return code;
  }
  Fields all = {{"result", std::string(result)},
                {"exit_code", absl::StrCat(static_cast<int>(code))}};
  if (!next.empty()) all.emplace_back("next", std::string(next));
  all.insert(all.end(), fields.begin(), fields.end());
  WriteJson("result", text, all);
  return code;
}

ExitCode Report::Fail(const absl::Status& error, const Fields& fields) {
  ExitCode code = migration::ExitCodeOf(error);
  if (code == ExitCode::kTerminated) code = ExitCodeForStop();
  std::string next = migration::NextIn(error);
  if (next.empty()) next = std::string(UsualNext(code));
  return Result(code, ResultName(code), error.message(), next, fields);
}

void Report::WriteJson(absl::string_view event, absl::string_view text, const Fields& fields) {
  std::string line =
      absl::StrCat("{\"event\":", JsonQuoted(event), ",\"message\":", JsonQuoted(text));
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&line, ",", JsonQuoted(name), ":", JsonQuoted(value));
  }
  out_ << line << "}\n";
  out_.flush();
}

}  // namespace daybook::migrator
