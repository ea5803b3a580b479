#include "daybook/verify_report.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

#include "core/timestamp.h"
#include "daybook/terminal_text.h"
#include "ledger/canonical_text.h"
#include "telemetry/log.h"

namespace daybook::cli {
namespace {

using ::daybook::telemetry::JsonQuoted;
using ::daybook::verify::Finding;
using ::daybook::verify::Report;

// More help nobody; --json has them.
constexpr size_t kShownFindings = 10;

std::string Events(uint64_t count) {
  return absl::StrCat(count, count == 1 ? " event" : " events");
}

std::string WhereOf(const Finding& finding) {
  if (!finding.first_seq) return "";
  if (*finding.first_seq == *finding.last_seq) return absl::StrCat("event ", *finding.first_seq);
  return absl::StrCat("events ", *finding.first_seq, " to ", *finding.last_seq);
}

// What the signatures were checked with; JSON has the word.
const char* AttestationOf(const VerifyOutcome& outcome) {
  if (outcome.report.checkpoints == 0) return "unsigned";
  switch (outcome.keys) {
    case KeySource::kNone:
      return "unchecked";
    case KeySource::kStore:
      return "self";
    case KeySource::kGiven:
      return "key";
  }
  return "";
}

void ShowLine(absl::string_view name, absl::string_view value, std::ostream& out) {
  out << absl::StrFormat("  %-20s %s\n", name, value);
}

void PrintFindings(const Report& report, std::ostream& out) {
  const std::vector<Finding>& findings = report.findings.list();
  for (size_t i = 0; i < std::min(findings.size(), kShownFindings); ++i) {
    const Finding& finding = findings[i];
    const std::string where = WhereOf(finding);
    out << "  " << verify::NameOf(finding.fault) << (where.empty() ? "" : "  ") << where
        << (finding.what.empty() ? "" : "  ") << ForTerminal(finding.what) << '\n';
  }
  if (report.findings.count() > kShownFindings) {
    out << "  and " << report.findings.count() - kShownFindings << " more; --json lists them\n";
  }
  const Finding& first = findings.front();
  out << '\n'
      << "What it means: " << verify::MeaningOf(first.fault) << '\n'
      << "What to do:    " << verify::AdviceFor(first.fault) << "\n\n";
}

// What is no more, and which events say so.
void PrintDropped(const Report& report, std::ostream& out) {
  if (report.begin == 0) return;
  const std::string said =
      report.prunings.empty()
          ? ""
          : absl::StrCat(", declared in event", report.prunings.size() == 1 ? " " : "s ",
                         absl::StrJoin(report.prunings, ", "));
  ShowLine("dropped",
           absl::StrCat(Events(report.begin), ": the log begins with ", report.begin, said), out);
}

void PrintCheckpoints(const Report& report, absl::Time now, std::ostream& out) {
  if (!report.newest) return ShowLine("newest checkpoint", "none", out);
  ShowLine("checkpoints", absl::StrCat(report.checkpoints), out);
  ShowLine("newest checkpoint",
           absl::StrCat("size ", report.newest->head.size.value(), ", root ",
                        ledger::ToBase64(report.newest->head.root)),
           out);
  if (report.newest->signed_at) {
    const absl::Duration age =
        absl::Floor(now - absl::FromUnixMicros(*report.newest->signed_at), absl::Seconds(1));
    const bool is_now = age <= absl::ZeroDuration();
    ShowLine("signed",
             absl::StrCat(FormatTime(*report.newest->signed_at), ", ",
                          is_now ? "just now" : absl::FormatDuration(age) + " ago"),
             out);
  }
  ShowLine("events beyond it", absl::StrCat(report.beyond()), out);
}

// What the result does not rest on.
void PrintLimits(const VerifyOutcome& outcome, std::ostream& out) {
  const std::string attestation = AttestationOf(outcome);
  if (attestation == "unsigned") {
    out << "UNSIGNED: no checkpoint is kept, so only the stored tiles vouch for the events.\n";
  } else if (attestation == "unchecked") {
    out << "SIGNATURES NOT CHECKED: no key is at hand; give the log's with --key.\n";
  } else if (attestation == "self") {
    out << "SELF-ATTESTED: the key is the one beside the store; give one that you keep with "
           "--key.\n";
  }
  if (outcome.report.is_unprovable) {
    out << "NOT PROVABLE: the checkpoint of --since ends among events that were dropped, and what "
           "it could\nbe proven with was not kept. Nothing speaks against it; hold a later one "
           "against the log.\n";
  } else if (!outcome.report.is_anchored) {
    out << "UNANCHORED: no checkpoint from outside was compared (--since), so whoever holds the "
           "disk and the\nkey could have rewritten all of it.\n";
  }
}

std::string Optional(const std::optional<uint64_t>& seq) {
  return seq ? absl::StrCat(*seq) : "null";
}

std::string HeadlineOf(const Report& report) {
  if (report.is_verified()) {
    return report.is_unprovable ? "verified, but for the checkpoint of --since" : "verified";
  }
  const std::optional<uint64_t> first = report.findings.FirstBadSeq();
  if (!first) return "DOES NOT VERIFY";
  return absl::StrCat("DOES NOT VERIFY, first bad event ", *first);
}

const char* ResultOf(const Report& report) {
  if (!report.is_verified()) return "not_verified";
  return report.is_unprovable ? "not_provable" : "verified";
}

}  // namespace

void PrintForPeople(const VerifyOutcome& outcome, absl::Time now, std::ostream& out) {
  const Report& report = outcome.report;
  out << ForTerminal(outcome.of) << ": " << HeadlineOf(report) << '\n';
  if (!report.is_verified()) PrintFindings(report, out);
  ShowLine("log", ForTerminal(report.origin), out);
  ShowLine(
      "read",
      absl::StrCat(Events(report.events), ", ", report.erased_events, " of them erased in part"),
      out);
  PrintDropped(report, out);
  ShowLine("time", absl::StrFormat("%.1f s", absl::ToDoubleSeconds(outcome.took)), out);
  PrintCheckpoints(report, now, out);
  PrintLimits(outcome, out);
}

void PrintJson(const VerifyOutcome& outcome, int exit_code, std::ostream& out) {
  const Report& report = outcome.report;
  for (const Finding& finding : report.findings.list()) {
    out << "{\"event\":\"finding\",\"reason\":\"" << verify::NameOf(finding.fault)
        << "\",\"first_seq\":" << Optional(finding.first_seq)
        << ",\"last_seq\":" << Optional(finding.last_seq)
        << ",\"what\":" << JsonQuoted(finding.what) << "}\n";
  }
  out << "{\"event\":\"result\",\"result\":\"" << ResultOf(report)
      << "\",\"first_bad_seq\":" << Optional(report.findings.FirstBadSeq()) << ",\"reason\":"
      << (report.is_verified()
              ? "null"
              : absl::StrCat("\"", verify::NameOf(report.findings.list().front().fault), "\""))
      << ",\"findings\":" << report.findings.count() << ",\"origin\":" << JsonQuoted(report.origin)
      << ",\"size\":" << report.size << ",\"dropped_events\":" << report.begin
      << ",\"events\":" << report.events << ",\"erased_events\":" << report.erased_events
      << ",\"checkpoints\":" << report.checkpoints;
  if (!report.prunings.empty()) {
    out << ",\"dropped_declared_in\":[" << absl::StrJoin(report.prunings, ",") << ']';
  }
  if (report.newest) {
    out << ",\"checkpoint_size\":" << report.newest->head.size.value() << ",\"checkpoint_root\":\""
        << ledger::ToBase64(report.newest->head.root) << '"';
    if (report.newest->signed_at) {
      out << ",\"checkpoint_signed_at\":\"" << FormatTime(*report.newest->signed_at) << '"';
    }
  }
  out << ",\"events_beyond\":" << report.beyond() << ",\"attestation\":\"" << AttestationOf(outcome)
      << "\",\"anchored\":" << (report.is_anchored ? "true" : "false")
      << absl::StrFormat(",\"seconds\":%.3f", absl::ToDoubleSeconds(outcome.took))
      << ",\"exit_code\":" << exit_code << "}\n";
}

}  // namespace daybook::cli
