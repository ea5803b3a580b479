#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "daybook/audit/v1/event.pb.h"
#include "journal/newest_events.h"
#include "query/filter.h"
#include "storage/event_store.h"

namespace daybook::journal {

// Where one who follows the log stands, and what is for him.
struct TailPlace {
  query::Filter filter;
  uint64_t next = 0;  // what is before is examined
  // How many events are worth reading at once, from what the last ones were like.
  size_t worth_reading = 64;
};

// How much may be read at once.
struct TailRoom {
  size_t events = 256;
  size_t bytes = size_t{256} << 10;  // one event may be larger
};

// Reads on for those who follow the log, a bounded piece at a time. Those near its
// end share what is read of it.
//
// Thread-safe.
class TailReader {
 public:
  // Both must outlive it.
  TailReader(storage::EventStore& store, NewestEvents& newest) : store_(store), newest_(newest) {}

  // Whether events from `next` on are read from what all share, if they are there.
  static bool IsNear(uint64_t next, LogSize size);

  // Examines the next events and moves the place behind them; returns those that
  // pass the filter. None where none does, or the log is not longer. CANCELLED once
  // `cancelled` says so.
  //
  // NOT_FOUND / PRUNED  what comes next is dropped
  absl::StatusOr<std::vector<audit::v1::Event>> ReadOn(TailPlace& place, const TailRoom& room,
                                                       const std::function<bool()>& cancelled);

 private:
  absl::StatusOr<std::vector<audit::v1::Event>> Scan(TailPlace& place, const TailRoom& room,
                                                     const std::function<bool()>& cancelled);

  storage::EventStore& store_;
  NewestEvents& newest_;
};

}  // namespace daybook::journal
