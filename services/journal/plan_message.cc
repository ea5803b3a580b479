#include "journal/plan_message.h"

#include <algorithm>

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::QueryPlan;
using ::daybook::storage::SegmentAccess;

constexpr int kMostSegments = 100;

// Counts a segment, and names how it was answered.
audit::v1::SegmentAccess Count(SegmentAccess access, QueryPlan& plan) {
  switch (access) {
    case SegmentAccess::kIndex:
      plan.set_segments_by_index(plan.segments_by_index() + 1);
      return audit::v1::SEGMENT_ACCESS_INDEX;
    case SegmentAccess::kMemory:
      plan.set_segments_by_memory(plan.segments_by_memory() + 1);
      return audit::v1::SEGMENT_ACCESS_MEMORY;
    case SegmentAccess::kRows:
      plan.set_segments_by_rows(plan.segments_by_rows() + 1);
      return audit::v1::SEGMENT_ACCESS_ROWS;
    case SegmentAccess::kSkippedByTime:
      plan.set_segments_skipped_by_time(plan.segments_skipped_by_time() + 1);
      return audit::v1::SEGMENT_ACCESS_SKIPPED_BY_TIME;
    case SegmentAccess::kSkippedByKind:
      plan.set_segments_skipped_by_kind(plan.segments_skipped_by_kind() + 1);
      return audit::v1::SEGMENT_ACCESS_SKIPPED_BY_KIND;
    case SegmentAccess::kSkippedBySubject:
      plan.set_segments_skipped_by_subject(plan.segments_skipped_by_subject() + 1);
      return audit::v1::SEGMENT_ACCESS_SKIPPED_BY_SUBJECT;
  }
  return audit::v1::SEGMENT_ACCESS_UNSPECIFIED;
}

}  // namespace

QueryPlan PlanOf(const storage::ScanResult& result, absl::Duration time_taken) {
  QueryPlan plan;
  plan.set_budget_used(result.budget_used);
  const int64_t micros = std::max<int64_t>(0, absl::ToInt64Microseconds(time_taken));
  plan.mutable_time_taken()->set_seconds(micros / 1'000'000);
  plan.mutable_time_taken()->set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1'000));
  for (const storage::ScanPlan::Segment& segment : result.plan.segments()) {
    const audit::v1::SegmentAccess access = Count(segment.access, plan);
    plan.set_rows_examined(plan.rows_examined() + segment.rows_examined);
    if (plan.segments_size() == kMostSegments) continue;
    audit::v1::SegmentPlan& told = *plan.add_segments();
    told.set_segment(segment.number);
    told.set_access(access);
    told.set_index(segment.index);
    told.set_rows_examined(segment.rows_examined);
    told.set_events_found(segment.events_found);
  }
  return plan;
}

}  // namespace daybook::journal
