#include "verify/live_verifier.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

#include "core/status_macros.h"
#include "storage/erasure.h"
#include "verify/erasures_now.h"

namespace daybook::verify {
namespace {

// After so many looks all counts that the last one found.
constexpr int kMostLooks = 4;
constexpr absl::Duration kBetweenLooks = absl::Milliseconds(200);

absl::Status CancelledError() { return absl::CancelledError("verifying was cancelled"); }

// Words may differ: they tell the size of the log.
bool IsSame(const Finding& a, const Finding& b) {
  return a.fault == b.fault && a.first_seq == b.first_seq;
}

// Whether all that `now` lists was found `before`.
bool IsConfirmed(const Findings& now, const Findings& before) {
  return std::all_of(now.list().begin(), now.list().end(), [&](const Finding& finding) {
    return std::any_of(before.list().begin(), before.list().end(),
                       [&](const Finding& other) { return IsSame(finding, other); });
  });
}

bool IsUnderWay(const Finding& finding, const std::vector<storage::SeqRange>& erasures) {
  return finding.fault == Fault::kErasureIncomplete && finding.first_seq &&
         std::any_of(erasures.begin(), erasures.end(), [&](const storage::SeqRange& range) {
           return range.first.value() <= *finding.first_seq &&
                  *finding.first_seq <= range.last.value();
         });
}

bool IsAnyUnderWay(const Findings& findings, const std::vector<storage::SeqRange>& erasures) {
  return std::any_of(findings.list().begin(), findings.list().end(),
                     [&](const Finding& finding) { return IsUnderWay(finding, erasures); });
}

}  // namespace

absl::StatusOr<LiveVerifier> LiveVerifier::Open(const db::sqlite::StoreLayout& layout,
                                                Options options, const Advance& advance) {
  DAYBOOK_ASSIGN_OR_RETURN(StoreVerifier verifier,
                           StoreVerifier::Open(layout, options.store, advance));
  return LiveVerifier(layout, std::move(options), std::move(verifier));
}

absl::StatusOr<Report> LiveVerifier::Verify(const Advance& advance, const Wait& wait) {
  std::vector<uint64_t> all(view_.verifier.units());
  std::iota(all.begin(), all.end(), 0);
  view_.results.resize(all.size());
  DAYBOOK_RETURN_IF_ERROR(
      view_.verifier.VerifyUnits(all, options_.threads, advance, view_.results));
  DAYBOOK_ASSIGN_OR_RETURN(Report report, Settle(advance, wait));
  bool is_confirmed = report.is_verified();
  for (int looks = 1; looks < kMostLooks && !is_confirmed; ++looks) {
    if (IsServed(layout_) && !wait(kBetweenLooks)) return CancelledError();
    DAYBOOK_RETURN_IF_ERROR(LookAgain(report, advance));
    DAYBOOK_ASSIGN_OR_RETURN(Report again, Settle(advance, wait));
    is_confirmed = IsConfirmed(again.findings, report.findings);
    report = std::move(again);
  }
  return report;
}

// Takes a fresh view of the store, and reads only what may be seen otherwise in it.
absl::Status LiveVerifier::LookAgain(const Report& report, const Advance& advance) {
  DAYBOOK_ASSIGN_OR_RETURN(StoreVerifier fresh,
                           StoreVerifier::Open(layout_, options_.store, advance));
  LeaveOutDropped(fresh, view_);
  std::vector<uint64_t> again;
  for (uint64_t unit = 0; unit < fresh.units(); ++unit) {
    if (IsToBeReadAgain(unit, view_, report, fresh)) again.push_back(unit);
  }
  View next{.verifier = std::move(fresh), .results = std::move(view_.results)};
  next.results.resize(next.verifier.units());
  DAYBOOK_RETURN_IF_ERROR(
      next.verifier.VerifyUnits(again, options_.threads, advance, next.results));
  view_ = std::move(next);
  return absl::OkStatus();
}

void LiveVerifier::LeaveOutDropped(const StoreVerifier& fresh, View& seen) {
  const uint64_t begin = seen.verifier.begin();
  // One that begins earlier than it did is another.
  const uint64_t dropped =
      fresh.begin() < begin ? seen.results.size() : (fresh.begin() - begin) / fresh.unit_events();
  const auto end = seen.results.begin() +
                   static_cast<std::ptrdiff_t>(std::min<uint64_t>(dropped, seen.results.size()));
  seen.results.erase(seen.results.begin(), end);
}

// What something is wrong in; the end of the log, which has grown; and where a checkpoint
// ends of which the earlier look did not know.
bool LiveVerifier::IsToBeReadAgain(uint64_t unit, const View& seen, const Report& report,
                                   const StoreVerifier& fresh) {
  if (unit + 1 >= seen.results.size()) return true;
  const UnitResult& result = seen.results[unit];
  if (!result.findings.empty() || result.edge_differs) return true;
  const uint64_t first = fresh.begin() + unit * fresh.unit_events();
  const uint64_t end = first + fresh.unit_events();
  const auto& findings = report.findings.list();
  const auto& heads = fresh.heads();
  return std::any_of(findings.begin(), findings.end(),
                     [&](const Finding& finding) {
                       return finding.first_seq && *finding.first_seq < end &&
                              *finding.last_seq >= first;
                     }) ||
         std::any_of(heads.begin(), heads.end(), [&](const SignedHead& head) {
           const uint64_t size = head.head.size.value();
           return size > first && size <= end && !result.covers.contains(size);
         });
}

// Draws the conclusion, again for as long as an erasure that the log declares is under
// way and comes further.
absl::StatusOr<Report> LiveVerifier::Settle(const Advance& advance, const Wait& wait) const {
  uint64_t fewest = std::numeric_limits<uint64_t>::max();
  absl::Duration waited = absl::ZeroDuration();
  absl::Duration pause = kBetweenLooks;
  while (true) {
    // Before the rows are looked at: what is done by now is done in them.
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<storage::SeqRange> under_way,
                             ReadErasuresUnderWay(layout_));
    DAYBOOK_ASSIGN_OR_RETURN(Report report, view_.verifier.Conclude(view_.results, advance));
    if (!IsAnyUnderWay(report.findings, under_way)) return report;
    if (report.findings.count() < fewest) {
      fewest = report.findings.count();
      waited = absl::ZeroDuration();
    }
    if (waited >= options_.patience) return report;
    if (!wait(pause)) return CancelledError();
    waited += pause;
    pause = std::min(2 * pause, absl::Seconds(5));
  }
}

}  // namespace daybook::verify
