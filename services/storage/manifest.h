#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>

#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "ledger/hash.h"

namespace daybook::storage {

// The event that sums up a span of the log, so that its counts stay provable when its
// events are gone. docs/ledger-format.md fixes what it says.
inline constexpr char kSealedAction[] = "segment.sealed";

// How many events there are of each action and outcome: by the outcome's number, and
// under 0 those whose outcome is none.
using OutcomeCounts = std::array<uint64_t, 4>;
using CountTable = std::map<std::string, OutcomeCounts, std::less<>>;

// Counts so many events more.
void Count(CountTable& counts, absl::string_view action, int64_t outcome, uint64_t events = 1);

// Counts those of the other table too.
void Merge(CountTable& counts, const CountTable& others);

// What the events of a span are.
struct SpanSummary {
  Micros first_time = 0;  // the record times of its ends
  Micros last_time = 0;
  CountTable counts = {};

  friend bool operator==(const SpanSummary&, const SpanSummary&) = default;
};

// How many events a span has: a whole segment, and whole subtrees of the ledger. A
// power of two.
uint64_t SpanEvents(uint64_t segment_events);

// What segment.sealed says of a span, as its public_details.
std::string ManifestOf(uint64_t span, uint64_t span_events, const ledger::Hash& root,
                       const SpanSummary& summary);

// A line `action,outcome,n` for each kind of events there is, by action, then by
// outcome.
std::string CountsText(const CountTable& counts);

}  // namespace daybook::storage
