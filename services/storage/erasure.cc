#include "storage/erasure.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "ledger/redaction.h"

namespace daybook::storage {
namespace {

using ::daybook::ledger::Group;

absl::Status NoRangesError() {
  return absl::InvalidArgumentError("these are no ranges of events: [[first,last],…]");
}

absl::StatusOr<SeqRange> ParseRange(absl::string_view text) {
  const std::vector<absl::string_view> ends = absl::StrSplit(text, ',');
  uint64_t first = 0;
  uint64_t last = 0;
  const bool is_range = ends.size() == 2 && absl::SimpleAtoi(ends[0], &first) &&
                        absl::SimpleAtoi(ends[1], &last) && first <= last;
  if (!is_range) return NoRangesError();
  return SeqRange{.first = Seq(first), .last = Seq(last)};
}

}  // namespace

bool IsProtected(absl::string_view action) {
  return action == kErasedAction || action == "audit.rolled_back" ||
         absl::StartsWith(action, "ledger.") || absl::StartsWith(action, "segment.");
}

std::string RangesText(const std::vector<SeqRange>& ranges) {
  return absl::StrCat("[",
                      absl::StrJoin(ranges, ",",
                                    [](std::string* out, const SeqRange& range) {
                                      absl::StrAppend(out, "[", range.first.value(), ",",
                                                      range.last.value(), "]");
                                    }),
                      "]");
}

absl::StatusOr<std::vector<SeqRange>> ParseRanges(absl::string_view text) {
  const absl::string_view all = text;
  if (!absl::ConsumePrefix(&text, "[[") || !absl::ConsumeSuffix(&text, "]]")) {
    return NoRangesError();
  }
  std::vector<SeqRange> ranges;
  for (const absl::string_view part : absl::StrSplit(text, "],[")) {
    DAYBOOK_ASSIGN_OR_RETURN(const SeqRange range, ParseRange(part));
    if (!ranges.empty() && range.first <= ranges.back().last) return NoRangesError();
    ranges.push_back(range);
  }
  // There is one way to write them.
  if (RangesText(ranges) != all) return NoRangesError();
  return ranges;
}

std::string GroupsText(const std::vector<Group>& groups) {
  return absl::StrJoin(groups, ",", [](std::string* out, Group group) {
    absl::StrAppend(out, ledger::GroupName(group));
  });
}

absl::StatusOr<std::vector<Group>> ParseGroups(absl::string_view text) {
  std::vector<Group> groups;
  for (const absl::string_view name : absl::StrSplit(text, ',')) {
    const auto* const group =
        std::find_if(ledger::kGroups.begin(), ledger::kGroups.end(),
                     [name](Group known) { return ledger::GroupName(known) == name; });
    if (group == ledger::kGroups.end()) {
      return absl::InvalidArgumentError(
          "a group is one of subject, client, object and details; several are joined by commas");
    }
    groups.push_back(*group);
  }
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

}  // namespace daybook::storage
