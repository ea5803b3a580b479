#pragma once

#include <cstdint>
#include <string>

#include "absl/time/time.h"

#include "bench/data_set.h"
#include "bench/random.h"
#include "daybook/audit/v1/event.pb.h"

namespace daybook::bench {

// The log that questions are asked of, as docs/bench-data.md describes it: 100
// million events in 30 days, of which it has the last ones; it ends shortly before
// a midnight in UTC, so that its last day is nearly whole.
//
// Immutable.
class QuestionLog {
 public:
  // `data` must outlive it. The log's last day is the one before `now`.
  QuestionLog(const DataSet& data, uint64_t events, absl::Time now);

  // So many events in a row have one record time.
  static constexpr uint64_t kBatch = 1'000;

  uint64_t events() const { return events_; }

  // When the last day begins; just after the newest event.
  absl::Time today() const { return today_; }
  absl::Time end() const { return end_; }

  // The record time of event number `seq`.
  absl::Time TimeOf(uint64_t seq) const;

  // The same event for the same number. Nothing else may be set in `event`.
  void Fill(uint64_t seq, audit::v1::Event& event) const;

  // Whose latest events someone asks for: half of the time one who acts often,
  // half of the time anyone.
  int64_t DrawAskedFor(Random& random) const;

 private:
  // Who guesses passwords while event number `seq` is recorded.
  uint64_t GuesserAt(uint64_t seq) const;
  void FillFailure(uint64_t seq, Random& random, audit::v1::Event& event) const;
  void FillDeposit(Random& random, audit::v1::Event& event) const;
  void FillOther(Random& random, audit::v1::Event& event) const;
  void SetPerson(uint64_t number, audit::v1::Event& event) const;

  const DataSet& data_;
  const uint64_t events_;
  const absl::Time today_;
  const absl::Time end_;
};

}  // namespace daybook::bench
