#include <algorithm>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/baseline.h"
#include "migrator/app/commands.h"
#include "migrator/app/lint_check.h"
#include "migrator/app/report_observer.h"
#include "migrator/app/state.h"
#include "migrator/app/trial.h"
#include "migrator/app/working_copy.h"
#include "migrator/migration/failure.h"
#include "migrator/migration/migration_set.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;
using ::daybook::migration::MigrationSet;

// What a test went through.
struct Tested {
  int from = 0;
  int to = 0;
  std::vector<std::string> faults;
};

// The version that the test goes down to: no lower than asked, nor than there is
// a way.
absl::StatusOr<int> LowestVersion(Trial& trial, int base, int top, const Options& options,
                                  Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const int floor, trial.Floor());
  const int wanted = options.trial.last > 0 ? std::max(base, top - options.trial.last) : base;
  if (floor > wanted) {
    report.Step("floor", absl::StrCat("version ", floor, " has no way back, and is not taken back"),
                {{"version", absl::StrCat(floor)}});
  }
  return std::max(floor, wanted);
}

// Up where something is pending, proved, down, proved, up, proved. Where nothing
// is, the first up was made by somebody else.
absl::StatusOr<Tested> GoUpAndDown(Connection& database, const MigrationSet& set,
                                   const Options& options, Report& report) {
  DAYBOOK_ASSIGN_OR_RETURN(const State state, ReadState(database, set, options));
  DAYBOOK_RETURN_IF_ERROR(LintPending(state, report));
  const bool is_applied = state.pending.empty();
  const int top = is_applied ? state.version() : state.pending.back()->migration.version();
  ReportObserver observer(report);
  Trial trial(database, set, options, report, observer);
  DAYBOOK_RETURN_IF_ERROR(trial.Begin());
  DAYBOOK_RETURN_IF_ERROR(trial.Up(top));
  DAYBOOK_RETURN_IF_ERROR(trial.Prove());
  DAYBOOK_ASSIGN_OR_RETURN(const int lowest, LowestVersion(trial, is_applied ? 0 : state.version(),
                                                           top, options, report));
  DAYBOOK_RETURN_IF_ERROR(trial.Down(lowest));
  DAYBOOK_RETURN_IF_ERROR(trial.Prove());
  DAYBOOK_RETURN_IF_ERROR(trial.Up(top));
  DAYBOOK_RETURN_IF_ERROR(trial.Prove());
  return Tested{.from = lowest, .to = top, .faults = trial.faults()};
}

absl::StatusOr<Tested> TestCopy(const MigrationSet& set, const Options& options, Report& report) {
  ReportObserver observer(report);
  const bool is_fixture = !options.trial.fixture.empty();
  DAYBOOK_ASSIGN_OR_RETURN(const WorkingCopy copy, is_fixture
                                                       ? WorkingCopy::FromFixture(options, observer)
                                                       : WorkingCopy::Of(options, observer));
  Options how = WorkingCopy::OptionsFor(copy, options);
  how.skip_waiting = true;
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(how));
  if (is_fixture && options.trial.baseline > 0) {
    DAYBOOK_RETURN_IF_ERROR(MarkProved(options.trial.baseline, database, set, how, report));
  }
  return GoUpAndDown(database, set, how, report);
}

}  // namespace

ExitCode Test(const Options& options, Report& report) {
  const absl::StatusOr<MigrationSet> set = MigrationSet::Read(options.migrations);
  if (!set.ok()) return report.Fail(absl::InvalidArgumentError(set.status().message()));
  const absl::StatusOr<Tested> tested = TestCopy(*set, options, report);
  if (!tested.ok()) return report.Fail(tested.status());
  const Report::Fields fields = {{"from", absl::StrCat(tested->from)},
                                 {"to", absl::StrCat(tested->to)},
                                 {"faults", absl::StrCat(tested->faults.size())}};
  if (!tested->faults.empty()) {
    return report.Fail(Failure(ExitCode::kVerification, tested->faults[0],
                               "mend the migration; only a copy was touched"),
                       fields);
  }
  return report.Result(ExitCode::kDone, "tested",
                       absl::StrCat("tested on a copy: versions ", tested->from, " to ", tested->to,
                                    " lead up, back to what was there, and up to the same again"),
                       "", fields);
}

}  // namespace daybook::migrator::app
