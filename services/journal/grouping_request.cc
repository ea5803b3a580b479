#include "journal/grouping_request.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "journal/paging.h"
#include "query/field.h"
#include "query/filter.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::GroupBy;
using ::daybook::query::Comparison;
using ::daybook::storage::Member;

constexpr int kMaxMembers = 8;
constexpr int64_t kMaxBars = 10'000;
constexpr int64_t kMaxSeconds = 315'576'000'000;
constexpr int32_t kMaxNanos = 999'999'999;

// Without value where the duration is not set.
absl::StatusOr<std::optional<Micros>> SpanOf(bool is_set, const google::protobuf::Duration& span,
                                             absl::string_view field) {
  if (!is_set) return std::nullopt;
  if (span.seconds() > kMaxSeconds || span.nanos() < 0 || span.nanos() > kMaxNanos) {
    return FieldError(field, "is not a duration of at most 10,000 years");
  }
  const absl::Duration duration = absl::Seconds(span.seconds()) + absl::Nanoseconds(span.nanos());
  if (duration < absl::Milliseconds(1)) return FieldError(field, "must be at least a millisecond");
  return absl::ToInt64Microseconds(duration);
}

absl::StatusOr<std::vector<const query::Field*>> KeysOf(const AggregateEventsRequest& request) {
  std::vector<const query::Field*> keys;
  for (int i = 0; i < request.group_by_size(); ++i) {
    const std::string name = absl::StrCat("group_by[", i, "]");
    const std::string value = GroupBy_Name(static_cast<GroupBy>(request.group_by(i)));
    const query::Field* const field =
        query::FindField(absl::AsciiStrToLower(absl::StripPrefix(value, "GROUP_BY_")));
    if (field == nullptr) return FieldError(name, "is not a field to group by");
    for (const query::Field* const other : keys) {
      if (other == field) return FieldError(name, absl::StrCat(field->name, " occurs twice"));
    }
    keys.push_back(field);
  }
  return keys;
}

// `name` as a filter writes it: what a filter can ask to be there.
std::optional<Member> MemberOf(const std::string& name) {
  const auto filter = query::Filter::Parse(absl::StrCat(name, ":*"));
  if (!filter.ok() || filter->steps().size() != 1) return std::nullopt;
  const query::Term& term = filter->steps().front().term;
  const bool is_there =
      term.comparison == Comparison::kHas && std::holds_alternative<query::AnyValue>(term.value);
  if (!is_there) return std::nullopt;
  return Member{.field = term.field, .path = term.path};
}

absl::StatusOr<std::vector<Member>> MembersOf(
    const google::protobuf::RepeatedPtrField<std::string>& names, absl::string_view field) {
  if (names.size() > kMaxMembers) {
    return FieldError(field, absl::StrCat("has more than ", kMaxMembers, " fields"));
  }
  std::vector<Member> members;
  for (int i = 0; i < names.size(); ++i) {
    std::optional<Member> member = MemberOf(names[i]);
    if (!member) {
      return FieldError(absl::StrCat(field, "[", i, "]"),
                        "is not a field of events: a name such as `actor` or `details.amount`");
    }
    members.push_back(*std::move(member));
  }
  return members;
}

absl::StatusOr<std::vector<Member>> SumsOf(const AggregateEventsRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Member> sums, MembersOf(request.sum(), "sum"));
  for (size_t i = 0; i < sums.size(); ++i) {
    if (sums[i].path.empty()) {
      return FieldError(absl::StrCat("sum[", i, "]"),
                        "is not a member of details: a name such as `details.amount`");
    }
  }
  return sums;
}

query::Term TimeTerm(Comparison comparison, Micros time) {
  return {.field = query::FindField("created_at"), .comparison = comparison, .value = time};
}

absl::StatusOr<Micros> EndOf(const AggregateEventsRequest& request, absl::Time now) {
  if (!request.has_end_time()) return FloorToMicros(now);
  absl::StatusOr<Micros> end = FloorToMicros(request.end_time());
  if (!end.ok()) return FieldError("end_time", end.status().message());
  return end;
}

}  // namespace

absl::StatusOr<storage::TallyRequest> TallyRequestOf(const AggregateEventsRequest& request,
                                                     absl::Time now) {
  storage::TallyRequest tally;
  DAYBOOK_ASSIGN_OR_RETURN(tally.scan.filter, query::Filter::Parse(request.filter(), now));
  DAYBOOK_ASSIGN_OR_RETURN(const Micros end, EndOf(request, now));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Micros> window,
                           SpanOf(request.has_window(), request.window(), "window"));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Micros> bar,
                           SpanOf(request.has_bucket(), request.bucket(), "bucket"));
  if (window && bar && *window / *bar > kMaxBars) {
    return FieldError("bucket", absl::StrCat("makes more than ", kMaxBars, " bars of the window"));
  }
  if (window) tally.scan.filter.Require(TimeTerm(Comparison::kAtLeast, end - *window));
  if (request.has_end_time()) tally.scan.filter.Require(TimeTerm(Comparison::kLess, end));
  tally.grouping.bar = bar.value_or(0);
  tally.grouping.first_bar = window ? end - *window : 0;
  DAYBOOK_ASSIGN_OR_RETURN(tally.grouping.keys, KeysOf(request));
  DAYBOOK_ASSIGN_OR_RETURN(tally.grouping.distinct,
                           MembersOf(request.count_distinct(), "count_distinct"));
  DAYBOOK_ASSIGN_OR_RETURN(tally.grouping.sums, SumsOf(request));
  return tally;
}

}  // namespace daybook::journal
