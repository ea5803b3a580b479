#include "verify/erasures.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "ledger/redaction.h"
#include "storage/erasure.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Group;

constexpr absl::string_view kGroupsBegin = "\"groups\":[";
constexpr absl::string_view kRangesBegin = "{\"ranges\":";

// The groups in what the service writes; none where it is anything else. In text of
// people each quote is escaped, so that the name is found nowhere else.
std::vector<Group> GroupsIn(absl::string_view public_details) {
  const size_t begin = public_details.find(kGroupsBegin);
  if (begin == absl::string_view::npos) return {};
  public_details.remove_prefix(begin + kGroupsBegin.size());
  const absl::string_view names = public_details.substr(0, public_details.find(']'));
  return storage::ParseGroups(absl::StrReplaceAll(names, {{"\"", ""}}))
      .value_or(std::vector<Group>());
}

// Likewise the ranges.
std::vector<storage::SeqRange> RangesIn(absl::string_view details) {
  if (!absl::ConsumePrefix(&details, kRangesBegin) || !absl::ConsumeSuffix(&details, "}")) {
    return {};
  }
  return storage::ParseRanges(details).value_or(std::vector<storage::SeqRange>());
}

using Interval = std::pair<uint64_t, uint64_t>;  // first, last

// The events of which some declaration behind them names the group: in order, apart.
std::vector<Interval> DeclaredOf(Group group, const std::vector<Declaration>& declarations) {
  std::vector<Interval> intervals;
  for (const Declaration& declaration : declarations) {
    if ((declaration.groups & SetOf(group)) == 0 || declaration.seq == 0) continue;
    for (const auto& [first, last] : declaration.ranges) {
      if (first < declaration.seq) {
        intervals.emplace_back(first, std::min(last, declaration.seq - 1));
      }
    }
  }
  std::sort(intervals.begin(), intervals.end());
  std::vector<Interval> merged;
  for (const Interval& interval : intervals) {
    if (merged.empty() || interval.first > merged.back().second + 1) {
      merged.push_back(interval);
    } else {
      merged.back().second = std::max(merged.back().second, interval.second);
    }
  }
  return merged;
}

// What of `range` the intervals do not cover.
std::vector<Interval> Rest(const Interval& range, const std::vector<Interval>& intervals) {
  std::vector<Interval> rest;
  uint64_t next = range.first;
  auto interval =
      std::lower_bound(intervals.begin(), intervals.end(), range.first,
                       [](const Interval& each, uint64_t seq) { return each.second < seq; });
  for (; interval != intervals.end() && interval->first <= range.second; ++interval) {
    if (interval->first > next) rest.emplace_back(next, interval->first - 1);
    next = interval->second + 1;
  }
  if (next <= range.second) rest.emplace_back(next, range.second);
  return rest;
}

// Where in `range`, all of the groups are erased.
std::vector<Interval> ErasedWithin(const Interval& range, GroupSet groups,
                                   const std::vector<ErasedRange>& erased) {
  std::vector<Interval> intervals;
  auto each =
      std::lower_bound(erased.begin(), erased.end(), range.first,
                       [](const ErasedRange& other, uint64_t seq) { return other.last < seq; });
  for (; each != erased.end() && each->first <= range.second; ++each) {
    if ((groups & ~each->groups) == 0) intervals.emplace_back(each->first, each->last);
  }
  return intervals;
}

}  // namespace

Declaration ParseDeclaration(uint64_t seq, const std::string& public_details,
                             const std::string& details) {
  Declaration declaration{.seq = seq, .ranges = {}};
  for (const Group group : GroupsIn(public_details)) declaration.groups |= SetOf(group);
  for (const storage::SeqRange& range : RangesIn(details)) {
    declaration.ranges.emplace_back(range.first.value(), range.last.value());
  }
  return declaration;
}

void CheckDeclared(const std::vector<ErasedRange>& erased,
                   const std::vector<Declaration>& declarations, Findings& findings) {
  for (const Group group : ledger::kGroups) {
    const std::vector<Interval> declared = DeclaredOf(group, declarations);
    for (const ErasedRange& range : erased) {
      if ((range.groups & SetOf(group)) == 0) continue;
      for (const auto& [first, last] : Rest({range.first, range.last}, declared)) {
        findings.Add({.fault = Fault::kUndeclaredErasure,
                      .first_seq = first,
                      .last_seq = last,
                      .what = std::string(ledger::GroupName(group))});
      }
    }
  }
}

std::vector<ErasedRange> NotErased(const std::vector<ErasedRange>& erased,
                                   const std::vector<Declaration>& declarations) {
  std::vector<ErasedRange> missing;
  for (const Declaration& declaration : declarations) {
    for (const Interval& range : declaration.ranges) {
      const std::vector<Interval> intervals = ErasedWithin(range, declaration.groups, erased);
      for (const auto& [first, last] : Rest(range, intervals)) {
        missing.push_back({.first = first, .last = last, .groups = declaration.groups});
      }
    }
  }
  return missing;
}

}  // namespace daybook::verify
