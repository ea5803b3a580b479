#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "query/decimal_sum.h"
#include "query/field.h"
#include "query/field_value.h"
#include "storage/event_totals.h"

namespace daybook::storage {

// A field, or a member of details.
struct Member {
  const query::Field* field = nullptr;
  std::vector<std::string> path = {};
};

// How events are put into groups, and what is asked of each.
struct Grouping {
  std::vector<const query::Field*> keys = {};  // one group of all where there is none
  std::vector<Member> distinct = {};
  std::vector<Member> sums = {};  // members of details
  Micros bar = 0;                 // the width of a histogram's bars; none where 0
  Micros first_bar = 0;           // where one of them begins
};

// Whether the totals of kinds of events are all that such groups need to know.
bool IsOfKinds(const Grouping& grouping);

// Events of a group, or of one of its bars.
struct Tallied {
  uint64_t count = 0;
  std::vector<query::DecimalSum> sums = {};  // in the order of the grouping's
};

struct TallyGroup {
  std::vector<std::string> keys = {};  // in the order of the grouping's; '' where absent
  Tallied all = {};
  std::vector<uint64_t> distinct = {};
  Micros first_time = 0;  // by record time
  Micros last_time = 0;
  std::vector<Seq> samples = {};        // the newest events, the newest first
  std::map<Micros, Tallied> bars = {};  // by where they begin; no empty ones
};

// Puts events into groups, as an engine finds them.
//
// Thread-compatible.
class Tally {
 public:
  // Which must outlive it.
  explicit Tally(const Grouping& grouping);

  // What Add needs to know of an event.
  const std::vector<const query::Field*>& fields() const { return fields_; }

  using Value = query::FieldValue;

  // Adds an event: its values in the order of fields().
  void Add(Seq seq, Micros created_at, std::span<const Value> values);

  // Adds events at once of which the totals are known; the grouping IsOfKinds.
  void Add(const EventKind& kind, const EventTotals& totals);

  // Whether all of them fall into one bar.
  bool HaveOneBar(const EventTotals& totals) const;

  // About how much memory the groups take.
  size_t size_in_bytes() const { return size_in_bytes_; }

  // The groups of at least so many events, the largest first, those of one size by their keys.
  std::vector<TallyGroup> Take(uint64_t min_count = 0);

 private:
  // What only some groupings ask of a group.
  struct Parts {
    std::vector<query::DecimalSum> sums = {};
    std::vector<absl::flat_hash_set<std::string>> distinct = {};
    std::map<Micros, Tallied> bars = {};
  };
  // A group as it grows. There may be very many, of which few are asked for: it is small, and
  // nothing takes memory of its own that need not.
  struct Open {
    absl::string_view key = {};  // the values, so that any two lists of them differ
    uint64_t count = 0;
    Micros first_time = 0;
    Micros last_time = 0;
    size_t named = 0;                             // of the samples
    std::array<uint64_t, kSamples> samples = {};  // seqs
    std::unique_ptr<Parts> parts = nullptr;       // where the grouping asks for any
  };

  // Where the members' fields stand in fields_, which gets those that it lacks.
  std::vector<size_t> PlacesOf(const std::vector<Member>& members);
  bool HasParts() const;
  Open& Begin();
  Open& GroupOf(std::span<const Value> values);
  void AddDistinct(const Member& member, const Value& value,
                   absl::flat_hash_set<std::string>& seen);
  void AddSums(std::span<const Value> values, Open& group, Tallied* bar);
  static void AddSample(Seq seq, Open& group);
  static void Count(uint64_t events, Micros first_time, Micros last_time, Open& group);
  Micros BarBegin(Micros created_at) const;
  Tallied* BarOf(Micros created_at, Open& group);
  TallyGroup Close(Open& group) const;

  const Grouping& grouping_;
  std::vector<const query::Field*> fields_;
  std::vector<size_t> distinct_at_;  // in fields_
  std::vector<size_t> sums_at_;      // likewise
  std::string key_;                  // of the event at hand
  std::vector<Value> values_;
  std::pmr::monotonic_buffer_resource memory_;  // of the groups and their keys
  std::pmr::deque<Open> groups_{&memory_};
  absl::flat_hash_map<absl::string_view, Open*> by_key_;  // keys of groups_
  size_t size_in_bytes_ = 0;
};

}  // namespace daybook::storage
