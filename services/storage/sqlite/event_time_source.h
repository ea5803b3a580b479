#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"

#include "daybook/audit/v1/event.pb.h"
#include "storage/event_store.h"
#include "storage/sqlite/event_times.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/segments.h"

namespace daybook::storage::sqlite {

// What the sources of one scan in order of event time share.
struct EventTimeWork {
  const Segments& with;
  const ScanRequest& request;
  const std::vector<KeyTerm> keys;
  const bool descending;
  const Seq begin;
  const LogSize as_of;
  EventTimeKey start;  // events up to this one are not wanted
  uint64_t budget;     // what is left of it
  size_t room;         // so many more events fit into the page

  bool IsBefore(const EventTimeKey& a, const EventTimeKey& b) const {
    return descending ? b < a : a < b;
  }
  void Charge(uint64_t events) { budget -= events < budget ? events : budget; }
  ScanPlan plan = {};
  // Notes a step, where that is asked for.
  void Explain(const ScanPlan::Segment& step) {
    if (request.explain) plan.Add(step);
  }
};

// Events that pass the filter, in order of event time: some that were read, and behind
// them what is still to be examined.
//
// Thread-compatible.
class EventTimeSource {
 public:
  virtual ~EventTimeSource() = default;
  EventTimeSource(const EventTimeSource&) = delete;
  EventTimeSource& operator=(const EventTimeSource&) = delete;

  // Where its next event is, or else the place up to which it has none.
  EventTimeKey next() const;
  bool has_event() const { return !found_.empty(); }
  // Neither an event nor anything to examine.
  bool is_over() const { return found_.empty() && is_over_; }

  // The next event; there is one.
  audit::v1::Event Take();

  // Examines some more, where there is no event: never nothing, and not much more than the
  // budget.
  virtual absl::Status Advance() = 0;

 protected:
  EventTimeSource(EventTimeWork& work, const EventTimeKey& examined)
      : work_(work), examined_(examined) {}

  EventTimeWork& work_;
  std::deque<audit::v1::Event> found_;
  EventTimeKey examined_;
  bool is_over_ = false;
};

// The events of the whole log whose event time is their record time: they are in order of seq.
class OnTimeSource final : public EventTimeSource {
 public:
  explicit OnTimeSource(EventTimeWork& work);
  absl::Status Advance() override;

 private:
  struct Part {
    uint64_t segment;
    Seq first;
    Seq last;
  };
  absl::Status Seek();
  absl::StatusOr<uint64_t> FirstBehind(const EventTimeKey& key);
  Part NextPart() const;
  absl::Status Examine(const Part& part);
  void Pass(const Part& part);
  absl::Status ReadByPostings(const Postings& postings, const Part& part, SegmentReader& reader);
  absl::Status ReadRows(const Part& part, SegmentReader& reader);
  absl::Status GoOnBehind(Seq seq, SegmentReader& reader);
  void Keep(std::vector<audit::v1::Event> events);

  bool has_sought_ = false;
  uint64_t begin_;  // what is left: begin_ up to, without, end_
  uint64_t end_;
  uint64_t step_;
};

// The events of one segment whose event time is another than their record time: an index has
// them, or memory.
class OwnTimeSource final : public EventTimeSource {
 public:
  // `examined` is before the first of them.
  OwnTimeSource(EventTimeWork& work, const EventTimeKey& examined, uint64_t segment,
                SegmentTable::View view);
  absl::Status Advance() override;

 private:
  absl::Status Examine(SegmentReader& reader);
  absl::StatusOr<std::vector<EventTimeKey>> FindKeys(const KeyRange& range, SegmentReader& reader);
  absl::Status ReadByIndex(KeyRange range, SegmentReader& reader);

  const uint64_t segment_;
  const SegmentTable::View view_;
  const Seq last_;
  size_t step_;
};

// Where an event is in order of event time.
EventTimeKey KeyOf(const audit::v1::Event& event);

}  // namespace daybook::storage::sqlite
