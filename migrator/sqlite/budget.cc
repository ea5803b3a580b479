#include "migrator/sqlite/budget.h"

#include "absl/strings/str_cat.h"

#include "migrator/migration/failure.h"

namespace daybook::migrator::sqlite {

Budget::Budget(const migration::v1::Budget& declared, const Clock& clock)
    : declared_(declared), clock_(clock), whole_(From("all of it", declared.total_seconds())) {}

Budget::Limit Budget::From(absl::string_view what, uint32_t seconds) const {
  if (seconds == 0) return {};
  return {
      .what = std::string(what), .end = clock_.Now() + absl::Seconds(seconds), .seconds = seconds};
}

void Budget::Begin(absl::string_view part, uint32_t seconds) { part_ = From(part, seconds); }

void Budget::EndBy(absl::Time end, absl::string_view set_by) {
  end_ = end;
  end_set_by_ = std::string(set_by);
}

void Budget::BeginLock() { lock_ = From("the lock", declared_.lock_hold_seconds()); }

std::string Budget::Overrun() const {
  const absl::Time now = clock_.Now();
  if (now > end_) return absl::StrCat(end_set_by_, " has passed");
  for (const Limit* limit : {&part_, &lock_, &whole_}) {
    if (now > limit->end) {
      return absl::StrCat(limit->what, " took longer than the ", limit->seconds,
                          " seconds of its budget");
    }
  }
  return "";
}

absl::Status Budget::Check() const {
  const std::string overrun = Overrun();
  if (overrun.empty()) return absl::OkStatus();
  return migration::Failure(migration::ExitCode::kBudget,
                            absl::StrCat(overrun, "; rolled back, everything is as before"),
                            "raise the budget, or run it when the database is less busy");
}

}  // namespace daybook::migrator::sqlite
