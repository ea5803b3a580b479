#include "verify/erasures.h"

#include <algorithm>
#include <array>
#include <utility>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Group;
using ::google::protobuf::Struct;
using ::google::protobuf::Value;

constexpr std::array<std::pair<const char*, Group>, 4> kGroupNames = {
    {{"subject", Group::kSubject},
     {"client", Group::kClient},
     {"object", Group::kObject},
     {"details", Group::kDetails}}};

// JSON's numbers are exact up to here.
constexpr double kMostExact = 9'007'199'254'740'992;

// The list under a name; an empty one where there is none.
google::protobuf::ListValue ListIn(const std::string& json, const std::string& name) {
  Struct object;
  if (!google::protobuf::util::JsonStringToMessage(json, &object).ok()) return {};
  const auto found = object.fields().find(name);
  return found == object.fields().end() ? google::protobuf::ListValue()
                                        : found->second.list_value();
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

}  // namespace

Declaration ParseDeclaration(uint64_t seq, const std::string& public_details,
                             const std::string& details) {
  Declaration declaration{.seq = seq, .ranges = {}};
  const google::protobuf::ListValue groups = ListIn(public_details, "groups");
  for (const Value& named : groups.values()) {
    for (const auto& [name, group] : kGroupNames) {
      if (named.string_value() == name) declaration.groups |= SetOf(group);
    }
  }
  const google::protobuf::ListValue ranges = ListIn(details, "ranges");
  for (const Value& range : ranges.values()) {
    if (range.list_value().values_size() != 2) continue;
    const double first = range.list_value().values(0).number_value();
    const double last = range.list_value().values(1).number_value();
    if (first < 0 || last < first || last > kMostExact) continue;
    declaration.ranges.emplace_back(static_cast<uint64_t>(first), static_cast<uint64_t>(last));
  }
  return declaration;
}

void CheckDeclared(const std::vector<ErasedRange>& erased,
                   const std::vector<Declaration>& declarations, Findings& findings) {
  for (const auto& [name, group] : kGroupNames) {
    const std::vector<Interval> declared = DeclaredOf(group, declarations);
    for (const ErasedRange& range : erased) {
      if ((range.groups & SetOf(group)) == 0) continue;
      for (const auto& [first, last] : Rest({range.first, range.last}, declared)) {
        findings.Add({.fault = Fault::kUndeclaredErasure,
                      .first_seq = first,
                      .last_seq = last,
                      .what = name});
      }
    }
  }
}

std::vector<ErasedRange> NotErased(const std::vector<ErasedRange>& erased,
                                   const std::vector<Declaration>& declarations) {
  std::vector<ErasedRange> missing;
  for (const Declaration& declaration : declarations) {
    std::vector<Interval> intervals;  // in which all of its groups are erased
    for (const ErasedRange& range : erased) {
      if ((declaration.groups & ~range.groups) == 0) {
        intervals.emplace_back(range.first, range.last);
      }
    }
    for (const Interval& range : declaration.ranges) {
      for (const auto& [first, last] : Rest(range, intervals)) {
        missing.push_back({.first = first, .last = last, .groups = declaration.groups});
      }
    }
  }
  return missing;
}

}  // namespace daybook::verify
