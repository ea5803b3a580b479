#include "daybook/query_plan.h"

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::QueryPlan;
using ::daybook::audit::v1::SegmentPlan;

uint64_t SegmentsIn(const QueryPlan& plan) {
  return plan.segments_by_index() + plan.segments_by_memory() + plan.segments_by_rows() +
         plan.segments_skipped_by_time() + plan.segments_skipped_by_kind() +
         plan.segments_skipped_by_subject();
}

absl::string_view WordsFor(audit::v1::SegmentAccess access) {
  switch (access) {
    case audit::v1::SEGMENT_ACCESS_INDEX:
      return "index";
    case audit::v1::SEGMENT_ACCESS_MEMORY:
      return "memory";
    case audit::v1::SEGMENT_ACCESS_ROWS:
      return "rows";
    case audit::v1::SEGMENT_ACCESS_SKIPPED_BY_TIME:
      return "skipped: other times";
    case audit::v1::SEGMENT_ACCESS_SKIPPED_BY_KIND:
      return "skipped: other actions or outcomes";
    case audit::v1::SEGMENT_ACCESS_SKIPPED_BY_SUBJECT:
      return "skipped: other persons or resources";
    default:
      return "not said";
  }
}

bool IsSkipped(const SegmentPlan& segment) {
  return segment.access() >= audit::v1::SEGMENT_ACCESS_SKIPPED_BY_TIME;
}

std::string Line(const SegmentPlan& segment) {
  std::string line = absl::StrCat("  ", segment.segment(), "  ", WordsFor(segment.access()));
  if (!segment.index().empty()) absl::StrAppend(&line, " (", segment.index(), ")");
  if (IsSkipped(segment)) return line;
  return absl::StrCat(line, ", ", segment.rows_examined(), " rows, ", segment.events_found(),
                      " found");
}

}  // namespace

void PrintPlan(const QueryPlan& plan, std::ostream& out) {
  const int64_t micros =
      plan.time_taken().seconds() * 1'000'000 + plan.time_taken().nanos() / 1'000;
  out << "Page found in " << micros / 1'000 << "." << micros / 100 % 10
      << " ms: " << SegmentsIn(plan) << " segments, " << plan.rows_examined() << " rows examined, "
      << plan.budget_used() << " of the budget used\n";
  out << "  answered by index " << plan.segments_by_index() << ", by memory "
      << plan.segments_by_memory() << ", by reading rows " << plan.segments_by_rows() << "\n";
  out << "  skipped by time " << plan.segments_skipped_by_time() << ", by action or outcome "
      << plan.segments_skipped_by_kind() << ", by person or resource "
      << plan.segments_skipped_by_subject() << "\n";
  if (plan.segments_size() > 0) out << "Segments:\n";
  for (const SegmentPlan& segment : plan.segments()) out << Line(segment) << "\n";
  const uint64_t rest = SegmentsIn(plan) - static_cast<uint64_t>(plan.segments_size());
  if (rest > 0) out << "  and " << rest << " more\n";
}

}  // namespace daybook::cli
