#include "absl/strings/str_cat.h"

#include "migrator/app/commands.h"
#include "migrator/app/proof.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"

namespace daybook::migrator::app {

using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

ExitCode Verify(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const absl::StatusOr<sqlite::Findings> findings = ProveApplied(options, *set);
  if (!findings.ok()) return report.Fail(findings.status());
  for (const std::string& warning : findings->warned) report.Step("warning", warning);
  for (const std::string& fault : findings->failed) report.Step("fault", fault);
  if (!findings->failed.empty()) {
    return report.Fail(Failure(ExitCode::kVerification, findings->failed[0],
                               "daybook-migrate drift and doctor tell more"),
                       {{"passed", absl::StrCat(findings->passed)},
                        {"failed", absl::StrCat(findings->failed.size())}});
  }
  return report.Result(ExitCode::kDone, "verified",
                       absl::StrCat(findings->passed, " checks passed"), "",
                       {{"passed", absl::StrCat(findings->passed)}});
}

}  // namespace daybook::migrator::app
