#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "daybook/audit/v1/event.pb.h"
#include "ledger/leaf.h"

namespace daybook::storage {

// The events first … last, both inclusive.
struct SeqRange {
  Seq first{0};
  Seq last{0};

  friend bool operator==(const SeqRange&, const SeqRange&) = default;
};

// What is to be taken out of which events.
struct Erasure {
  std::vector<SeqRange> ranges;       // ascending, with events between them
  std::vector<ledger::Group> groups;  // ascending, each once

  friend bool operator==(const Erasure&, const Erasure&) = default;
};

// One that a store keeps in mind until it is completed.
struct PlannedErasure {
  uint64_t id = 0;        // the store's own
  std::string name;       // what its declaration is found by
  LogSize planned_at{0};  // the declaration is no event before this one
  Erasure erasure = {};
};

// What declares an erasure.
inline constexpr char kErasedAction[] = "audit.erased";

// True for events that tell what became of the log itself: nothing is ever taken
// out of those.
bool IsProtected(absl::string_view action);

// "[[first,last],…]", as a declaration says it, and back: INVALID_ARGUMENT where
// the text is anything else, or the ranges are not ascending.
std::string RangesText(const std::vector<SeqRange>& ranges);
absl::StatusOr<std::vector<SeqRange>> ParseRanges(absl::string_view text);

// "subject,client", and back.
std::string GroupsText(const std::vector<ledger::Group>& groups);
absl::StatusOr<std::vector<ledger::Group>> ParseGroups(absl::string_view text);

}  // namespace daybook::storage
