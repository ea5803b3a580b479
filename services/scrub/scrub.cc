#include "scrub/scrub.h"

#include <algorithm>
#include <utility>

#include "core/status_macros.h"
#include "scrub/pace.h"
#include "verify/live_verifier.h"

namespace daybook::scrub {
namespace {

// Where a pass could not be completed.
constexpr absl::Duration kRetry = absl::Minutes(1);

}  // namespace

Scrub::Scrub(Collaborators collaborators, const Options& options)
    : with_(std::move(collaborators)), options_(options), news_(with_.metrics, with_.log) {}

absl::Duration Scrub::RunPass(const Wait& wait) {
  Pace pace(options_.rate, with_.clock.Now());
  const verify::Advance advance = [&](uint64_t events) {
    news_.Advance(events);
    return wait(pace.RestAfter(events, with_.clock.Now()));
  };
  const absl::StatusOr<verify::Report> report = Verify(advance, wait);
  if (report.ok()) {
    news_.Tell(*report, with_.clock.Now());
    return options_.pause;
  }
  if (!absl::IsCancelled(report.status())) news_.TellProblem(report.status());
  return std::min(options_.pause, kRetry);
}

absl::StatusOr<verify::Report> Scrub::Verify(const verify::Advance& advance, const Wait& wait) {
  // Not mapped: a disk that cannot read a page must not end the service.
  DAYBOOK_ASSIGN_OR_RETURN(
      verify::LiveVerifier verifier,
      verify::LiveVerifier::Open(
          with_.layout, {.store = {.keys = with_.keys, .access = verify::Access::kRead}}, advance));
  news_.Begin(verifier.begin(), verifier.size());
  return verifier.Verify(advance, wait);
}

}  // namespace daybook::scrub
