#pragma once

#include <memory>
#include <queue>
#include <vector>

#include "storage/event_store.h"
#include "storage/sqlite/event_time_source.h"
#include "storage/sqlite/event_times.h"
#include "storage/sqlite/segments.h"

namespace daybook::storage::sqlite {

// One scan over the segments in order of event time. Events whose event time is their record
// time are in order of seq, over all segments; the others each segment has in an index, or
// memory. The scan joins these streams, and asks none before its turn comes.
//
// Thread-compatible.
class EventTimeScan {
 public:
  // `request` must outlive it.
  EventTimeScan(const Segments& segments, const ScanRequest& request, Seq begin, LogSize as_of);

  // Once. CANCELLED where the request says so between two steps.
  absl::StatusOr<ScanResult> Run();

 private:
  // Those whose turn comes later are further down.
  struct ComesLater {
    const EventTimeWork* work;
    bool operator()(const EventTimeSource* a, const EventTimeSource* b) const {
      return work->IsBefore(b->next(), a->next());
    }
  };

  void Open();
  void OpenOwnTimes(uint64_t segment);
  void Add(std::unique_ptr<EventTimeSource> source);
  absl::Status Go();
  absl::Status TakeTurn(EventTimeSource& source);
  // The key is that of an event, or behind all of its time.
  void StopBehind(const EventTimeKey& key);

  const Segments with_;
  EventTimeWork work_;
  EventTimeKey end_;  // events from this one on do not pass
  std::vector<std::unique_ptr<EventTimeSource>> sources_;
  std::priority_queue<EventTimeSource*, std::vector<EventTimeSource*>, ComesLater> turns_;
  ScanResult result_;
};

}  // namespace daybook::storage::sqlite
