#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "migrator/app/commands.h"
#include "migrator/app/lint_check.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"
#include "migrator/migration/template.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::migration::Failure;
using ::daybook::migration::Finding;
using ::daybook::migration::MigrationSet;
using ::daybook::migration::Severity;

std::string Place(const Finding& finding) {
  return finding.step == 0 ? finding.file : absl::StrCat(finding.file, ", step ", finding.step);
}

std::string SeverityName(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

bool IsName(const std::string& name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_") == std::string::npos;
}

// The first version that no file in the folder has.
absl::StatusOr<int> NextVersion(const std::string& folder) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(folder);
  if (set.ok()) return set->newest() + 1;
  std::error_code error;
  const bool is_empty = std::filesystem::is_empty(folder, error);
  if (!error && is_empty) return 1;
  return absl::InvalidArgumentError(set.status().message());
}

}  // namespace

absl::Status TellFindings(std::span<const Finding> findings, Report& report) {
  const Finding* first_error = nullptr;
  for (const Finding& finding : findings) {
    report.Step("finding",
                absl::StrCat(SeverityName(finding.severity), "  ", Place(finding), ": ",
                             finding.message, " [", finding.id, "]\n  ", finding.help),
                {{"severity", SeverityName(finding.severity)},
                 {"id", finding.id},
                 {"file", finding.file},
                 {"step", absl::StrCat(finding.step)},
                 {"help", finding.help}});
    if (finding.severity != Severity::kError) ++report.record().warnings;
    if (finding.severity == Severity::kError && first_error == nullptr) first_error = &finding;
  }
  if (first_error == nullptr) return absl::OkStatus();
  return Failure(
      ExitCode::kRefused,
      absl::StrCat(Place(*first_error), ": ", first_error->message, " [", first_error->id, "]"),
      first_error->help);
}

absl::Status LintPending(const State& state, Report& report) {
  std::vector<migration::MigrationFile> files;
  for (const migration::MigrationFile* const file : state.pending) files.push_back(*file);
  return TellFindings(migration::Lint(files), report);
}

ExitCode Lint(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const std::vector<Finding> findings = migration::Lint(*set);
  if (absl::Status told = TellFindings(findings, report); !told.ok()) return report.Fail(told);
  return report.Result(
      ExitCode::kDone, "linted",
      absl::StrCat(set->newest(), " migrations, ", findings.size(), " warnings, no errors"), "",
      {{"warnings", absl::StrCat(findings.size())}});
}

ExitCode New(const Options& options, Report& report) {
  if (!IsName(options.name)) {
    return report.Result(ExitCode::kUsage, "usage", "a migration's name is made of a-z, 0-9 and _",
                         "say --name add_index");
  }
  const absl::StatusOr<int> version = NextVersion(options.migrations);
  if (!version.ok()) return report.Fail(version.status());
  const std::string path =
      absl::StrCat(options.migrations, "/", absl::Dec(*version, absl::kZeroPad4), "_", options.name,
                   ".textproto");
  std::ofstream file(path, std::ios::trunc);
  file << migration::NewMigrationText(
      *version, options.name,
      absl::FormatTime("%Y-%m-%d", options.clock.Now(), absl::UTCTimeZone()));
  if (!file.flush()) return report.Fail(absl::PermissionDeniedError("cannot write " + path));
  return report.Result(ExitCode::kDone, "created", absl::StrCat("made ", path),
                       "fill it in, then daybook-migrate lint", {{"path", path}});
}

}  // namespace daybook::migrator::app
