#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "query/decimal_sum.h"
#include "query/field.h"
#include "query/field_value.h"
#include "query/filter.h"

namespace daybook::storage {

// So many events of a segment, one behind the other, are summed up together.
inline constexpr uint64_t kTotalsBlock = 4'096;

// The member of details that is added up.
inline constexpr char kSummedMember[] = "amount";

// So many of the newest events are named, of a group and of what is summed up.
inline constexpr size_t kSamples = 5;

// What tells one kind of events from another; '' where absent.
struct EventKind {
  std::string tenant = {};
  std::string action = {};
  int64_t outcome = 0;
};

// In order of their texts; also compares with what views of them.
struct KindOrder {
  using is_transparent = void;
  template <typename One, typename Other>
  bool operator()(const One& one, const Other& other) const {
    return Key(one) < Key(other);
  }

 private:
  template <typename Kind>
  static std::tuple<absl::string_view, absl::string_view, int64_t> Key(const Kind& kind) {
    return {kind.tenant, kind.action, kind.outcome};
  }
};

// What the events of one kind come to.
struct EventTotals {
  uint64_t events = 0;
  Micros first_time = 0;  // by record time
  Micros last_time = 0;
  std::vector<Seq> newest = {};   // a few, the newest first
  query::DecimalSum amount = {};  // of the numbers that details have as kSummedMember
};

using TotalsByKind = std::map<EventKind, EventTotals, KindOrder>;

// Sums up the events of a block.
//
// Thread-compatible.
class TotalsOfBlock {
 public:
  struct Event {
    Seq seq{0};
    Micros created_at = 0;
    absl::string_view tenant = {};
    absl::string_view action = {};
    int64_t outcome = 0;
    absl::string_view details = {};  // '' where absent
  };
  // In order of seq.
  void Add(const Event& event);

  // Empty where they are of more kinds than is worth it, or the amounts cannot be kept as
  // exactly as they were written. Begins anew.
  TotalsByKind Take();

 private:
  EventTotals& TotalsFor(const Event& event);

  TotalsByKind kinds_;
};

// Whether all that a filter asks for, but what it requires of seq and record time, can be
// told of the kind of an event.
bool IsOfKinds(const query::Filter& filter);
bool IsOfKind(const query::Field& field);

// What events of the kind have there; the field IsOfKind.
query::FieldValue ValueOf(const EventKind& kind, const query::Field& field);

// Of such a filter: whether events of the kind pass, if they have what it requires of seq and
// record time.
bool Passes(const query::Filter& filter, const EventKind& kind);

}  // namespace daybook::storage
