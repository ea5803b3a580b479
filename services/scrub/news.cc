#include "scrub/news.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

namespace daybook::scrub {
namespace {

using ::daybook::telemetry::Severity;
using ::daybook::verify::Finding;
using ::daybook::verify::Findings;

// More lines help nobody; `daybook verify --json` lists all.
constexpr size_t kMostLines = 20;

}  // namespace

News::News(telemetry::Metrics& metrics, telemetry::Log& log)
    : log_(log),
      last_seq_(metrics.AddGauge("daybook_scrub_last_seq",
                                 "The last event verified by the pass under way; -1: none yet.")),
      verified_size_(metrics.AddGauge("daybook_scrub_verified_size",
                                      "Events of the log at the last complete pass.")),
      completed_at_(metrics.AddGauge("daybook_scrub_pass_timestamp_seconds",
                                     "When the last complete pass ended; 0 before the first.")),
      passes_(metrics.AddCounter("daybook_scrub_passes_total", "Passes that were completed.")),
      events_(metrics.AddCounter("daybook_scrub_events_total", "Events verified.")),
      findings_(metrics.AddGauge("daybook_scrub_findings",
                                 "What is wrong with the store, by the last complete pass.")),
      new_findings_(metrics.AddCounter("daybook_scrub_findings_total",
                                       "Findings that the pass before did not have.")),
      stalled_(metrics.AddGauge("daybook_scrub_stalled", "1 while it cannot run, else 0.")) {
  ShowPosition();
}

void News::Begin(uint64_t begin, uint64_t size) {
  size_ = size;
  position_ = begin;
  ShowPosition();
}

void News::Advance(uint64_t events) {
  events_.Add(static_cast<double>(events));
  position_ = std::min(position_ + events, size_);  // some are read twice
  ShowPosition();
}

void News::ShowPosition() { last_seq_.Set(static_cast<double>(position_) - 1); }

void News::Tell(const verify::Report& report, absl::Time now) {
  position_ = size_;  // also where rows are missing
  ShowPosition();
  Clear();
  if (report.is_verified() && !known_.empty()) {
    log_.Write(Severity::kInfo, "scrub_clean_again", {{"size", static_cast<int64_t>(report.size)}});
  }
  TellFindings(report.findings);
  known_ = report.findings;
  findings_.Set(static_cast<double>(report.findings.count()));
  verified_size_.Set(static_cast<double>(report.size));
  completed_at_.Set(absl::ToDoubleSeconds(now - absl::UnixEpoch()));
  passes_.Add();
}

void News::TellFindings(const Findings& findings) {
  size_t lines = 0;
  size_t fresh = 0;
  for (const Finding& finding : findings.list()) {
    if (IsKnown(finding)) continue;
    ++fresh;
    if (lines == kMostLines) continue;
    TellFinding(finding);
    ++lines;
  }
  new_findings_.Add(static_cast<double>(fresh));
  const bool has_more = fresh > lines || (fresh > 0 && findings.count() > findings.list().size());
  if (!has_more) return;
  log_.Write(Severity::kError, "scrub_more_findings",
             {{"findings", static_cast<int64_t>(findings.count())},
              {"message", "`daybook verify --json` lists them"}});
}

void News::TellFinding(const Finding& finding) {
  const std::string reason(verify::NameOf(finding.fault));
  const std::string message = absl::StrCat(finding.what, finding.what.empty() ? "" : ": ",
                                           verify::MeaningOf(finding.fault));
  if (finding.first_seq) {
    log_.Write(Severity::kError, "scrub_finding",
               {{"seq", static_cast<int64_t>(*finding.first_seq)},
                {"last_seq", static_cast<int64_t>(*finding.last_seq)},
                {"reason", reason},
                {"message", message}});
  } else {
    log_.Write(Severity::kError, "scrub_finding", {{"reason", reason}, {"message", message}});
  }
}

bool News::IsKnown(const Finding& finding) const {
  const auto& known = known_.list();
  return std::any_of(known.begin(), known.end(), [&](const Finding& other) {
    return other.fault == finding.fault && other.first_seq == finding.first_seq &&
           (finding.first_seq || other.what == finding.what);
  });
}

void News::TellProblem(const absl::Status& problem) {
  stalled_.Set(1);
  if (problem != told_) {
    log_.Write(Severity::kWarning, "scrub_stalled", {{"message", std::string(problem.message())}});
  }
  told_ = problem;
}

void News::Clear() {
  stalled_.Set(0);
  if (!told_.ok()) log_.Write(Severity::kInfo, "scrub_goes_on", {});
  told_ = absl::OkStatus();
}

}  // namespace daybook::scrub
