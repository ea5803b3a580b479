#include "migrator/app/conclusion.h"

#include "absl/strings/str_cat.h"

#include "migrator/app/hooks.h"
#include "migrator/app/metrics_file.h"

namespace daybook::migrator::app {
namespace {

// "" where there is nothing to tell.
absl::string_view EventFor(const Outcome& outcome, const RunRecord& record) {
  if (outcome.code != ExitCode::kDone) return "failed";
  if (outcome.result == "rolled_back") return "rolled_back";
  return record.accounts.empty() ? "" : "done";
}

}  // namespace

void Conclude(const Options& options, const Outcome& outcome, Report& report) {
  if (!options.outlets.metrics_file.empty()) {
    const absl::Status written = WriteMetrics(options, outcome, report.record());
    if (!written.ok()) {
      report.Step("warning", absl::StrCat("no metrics in ", options.outlets.metrics_file, ": ",
                                          written.message()));
    }
  }
  const absl::string_view event = EventFor(outcome, report.record());
  if (event.empty()) return;
  Hooks(options, report)
      .Conclude(event, {{"version", absl::StrCat(report.record().version)},
                        {"result", outcome.result},
                        {"exit_code", absl::StrCat(static_cast<int>(outcome.code))},
                        {"retryable", migration::IsRetryable(outcome.code) ? "true" : "false"},
                        {"message", outcome.text},
                        {"next", outcome.next},
                        {"backup_id", report.record().backup_id},
                        {"warnings", absl::StrCat(report.record().warnings)}});
}

}  // namespace daybook::migrator::app
