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

std::string SummaryOf(const Outcome& outcome, absl::string_view cause, absl::string_view next,
                      const RunRecord& record) {
  return absl::StrCat("{\"code\":", static_cast<int>(outcome.code),
                      ",\"retryable\":", migration::IsRetryable(outcome.code) ? "true" : "false",
                      ",\"result\":", JsonQuoted(outcome.result),
                      ",\"cause\":", JsonQuoted(Beginning(cause)),
                      ",\"next\":", JsonQuoted(Beginning(next)),
                      ",\"run_id\":", JsonQuoted(record.run_id), ",\"version\":", record.version,
                      ",\"backup_id\":", JsonQuoted(Beginning(record.backup_id)), "}\n");
}

std::string Summary(const Outcome& outcome, const RunRecord& record) {
  std::string summary = SummaryOf(outcome, outcome.text, outcome.next, record);
  return summary.size() <= kMaxSummary ? summary : SummaryOf(outcome, "", "", record);
}

}  // namespace

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

ExitCode CodeOf(const absl::Status& error) {
  const ExitCode code = migration::ExitCodeOf(error);
  return code == ExitCode::kTerminated ? ExitCodeForStop() : code;
}

void Report::Step(absl::string_view event, absl::string_view text, const Fields& fields) {
  if (event == "warning") ++record_.warnings;
  if (format_ == Format::kJson) return WriteJson(event, text, fields);
  if (progress_ != nullptr) progress_->End();
  out_ << text << '\n';
  out_.flush();
}

void Report::Progress(absl::string_view work, uint64_t done, uint64_t all) {
  if (progress_ == nullptr) return;
  if (work != work_ || all != all_) {
    work_ = std::string(work);
    all_ = all;
    progress_->Begin(work_, all);
  }
  progress_->Reach(done);
}

ExitCode Report::Result(ExitCode code, absl::string_view result, absl::string_view text,
                        absl::string_view next, const Fields& fields) {
  const Outcome outcome{.code = code,
                        .result = std::string(result),
                        .text = std::string(text),
                        .next = std::string(next)};
  if (tell_) tell_(outcome);
  summary_ = Summary(outcome, record_);
  if (progress_ != nullptr) progress_->End();
  if (format_ == Format::kText) {
    if (record_.warnings > 0) out_ << "warnings: " << record_.warnings << '\n';
    out_ << text << '\n';
    if (!next.empty()) out_ << "next: " << next << '\n';
    return code;
  }
  Fields all = {{"result", std::string(result)},
                {"exit_code", absl::StrCat(static_cast<int>(code))}};
  if (!next.empty()) all.emplace_back("next", std::string(next));
  all.insert(all.end(), fields.begin(), fields.end());
  all.emplace_back("warnings", absl::StrCat(record_.warnings));
  if (!record_.backup_id.empty()) all.emplace_back("backup_id", record_.backup_id);
  const Fields times = TimeFields(PhasesOf(record_));
  all.insert(all.end(), times.begin(), times.end());
  WriteJson("result", text, all);
  return code;
}

ExitCode Report::Fail(const absl::Status& error, const Fields& fields) {
  const ExitCode code = CodeOf(error);
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
