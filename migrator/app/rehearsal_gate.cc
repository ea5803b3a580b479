#include "migrator/app/rehearsal_gate.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/plan_text.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::migration::Failure;

// How far two clocks may be apart.
constexpr absl::Duration kSlack = absl::Minutes(5);
constexpr char kNext[] = "daybook-migrate rehearse, then run it again";

bool IsOfPending(const Rehearsal& rehearsal, const State& state) {
  const auto& rehearsed = rehearsal.migration();
  return std::equal(rehearsed.begin(), rehearsed.end(), state.pending.begin(), state.pending.end(),
                    [](const auto& a, const migration::MigrationFile* b) {
                      return a.version() == b->migration.version() && a.checksum() == b->checksum;
                    });
}

absl::Status RefusedError(absl::string_view what) {
  return Failure(ExitCode::kRefused, what, kNext);
}

std::string Describe(const Rehearsal& rehearsal) {
  return absl::StrCat("the last rehearsal, of ", FormatTime(MicrosOf(rehearsal.ended_at())));
}

absl::Status CheckOutcome(const Rehearsal& rehearsal, const Options& options) {
  const absl::Duration age =
      options.clock.Now() - absl::FromUnixMicros(MicrosOf(rehearsal.ended_at()));
  if (rehearsal.verdict() != Rehearsal::PASSED) {
    return RefusedError(absl::StrCat(Describe(rehearsal), ", failed: ", rehearsal.cause()));
  }
  if (age < -kSlack) return RefusedError(Describe(rehearsal) + ", is from the future");
  if (age <= options.trial.required_within) return absl::OkStatus();
  return RefusedError(absl::StrCat(Describe(rehearsal), ", is older than ",
                                   absl::FormatDuration(options.trial.required_within)));
}

}  // namespace

absl::StatusOr<Rehearsal> FindRehearsal(const Options& options, const State& state) {
  std::vector<std::string> faults;
  for (const Rehearsal& rehearsal : ListRehearsals(options, faults)) {
    if (!IsOfPending(rehearsal, state)) {
      faults.push_back(Describe(rehearsal) + ", was of other migrations");
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(CheckOutcome(rehearsal, options));
    return rehearsal;
  }
  return RefusedError(faults.empty() ? "what is pending was never rehearsed on this database"
                                     : faults.front());
}

absl::Status CheckRehearsed(const Rehearsal& rehearsal, const Prepared& prepared) {
  const std::string hash = sqlite::HashOf(prepared.plan, prepared.file->checksum);
  for (const auto& rehearsed : rehearsal.migration()) {
    if (rehearsed.plan_hash() == hash) return absl::OkStatus();
  }
  return RefusedError(absl::StrCat("the plan of version ", prepared.plan.version,
                                   " is not the one that was rehearsed: its hash is ", hash));
}

}  // namespace daybook::migrator::app
