#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "core/timestamp.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/audit/v1/event.pb.h"
#include "daybook/query/v1/producer_counts.pb.h"

namespace daybook::journal {

// Who has recorded what: for each producer how much, when, and which of its running
// numbers came. It keeps no more than its limits, whatever names and numbers are made up:
// beyond them those producers are forgotten, a tenth at a time, that recorded the least,
// and of these those that were heard last the longest ago; and of those numbers that have
// the most gaps the lowest ones are only counted.
//
// Thread-compatible.
class ProducerTable {
 public:
  struct Limits {
    size_t max_producers = 100'000;   // at least 1
    size_t max_ranges = 1'000;        // of one producer's numbers; at least 1
    size_t max_all_ranges = 500'000;  // of all numbers; twice max_producers, or more
  };

  explicit ProducerTable(Limits limits) : limits_(limits) {}

  // As a store kept it; nothing before was added. False, and it stays empty, where that
  // cannot be, or is more than the limits.
  bool Restore(const query::v1::ProducerCounts& counts);
  query::v1::ProducerCounts ToProto() const;

  // Events come in the order of their seqs. `event` need not know its record time.
  void Add(const audit::v1::Event& event, Micros created_at);

  // Those behind `name`, by name, at most so many; how long they are silent at `now`.
  std::vector<audit::v1::Producer> List(absl::string_view name, size_t limit, absl::Time now) const;

  size_t size() const { return producers_.size(); }
  size_t ranges() const { return ranges_; }
  uint64_t forgotten() const { return forgotten_; }

 private:
  // Numbers that came, and follow each other.
  struct Range {
    uint64_t first = 0;
    uint64_t last = 0;
  };
  struct Counts {
    uint64_t events = 0;
    uint64_t sequenced_events = 0;
    Micros first_time = 0;
    Micros last_time = 0;
    std::vector<Range> ranges = {};  // ascending, with gaps between them
    uint64_t forgotten_gaps = 0;
  };
  using Producers = std::map<std::string, Counts, std::less<>>;

  bool RestoreOne(const query::v1::ProducerCount& kept);
  void AddNumber(Counts& counts, uint64_t number);
  void GiveUpGaps();
  void GiveUpGapsOf(Counts& counts, size_t most_ranges);
  void MakeRoom();
  static audit::v1::Producer ToProducer(const std::string& name, const Counts& counts,
                                        absl::Time now);
  static void AddGaps(const std::vector<Range>& ranges, audit::v1::Producer& producer);
  static bool AreRanges(const query::v1::ProducerCount& kept);

  const Limits limits_;
  Producers producers_;
  size_t ranges_ = 0;  // of all of them
  uint64_t forgotten_ = 0;
};

}  // namespace daybook::journal
