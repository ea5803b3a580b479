#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "core/mutex.h"
#include "daybook/audit/v1/event.pb.h"
#include "storage/event_store.h"

namespace daybook::journal {

// The newest events of a log, read once for all who follow it. It moves forward
// only, and keeps no more than its limits.
//
// Thread-safe.
class NewestEvents {
 public:
  struct Limits {
    size_t max_events = 4'096;
    size_t max_bytes = size_t{16} << 20;  // as the events are on the wire
  };
  struct Kept {
    std::shared_ptr<const audit::v1::Event> event;
    size_t bytes = 0;
  };

  // `store` must outlive it.
  NewestEvents(storage::EventStore& store, Limits limits);

  // At most `limit` events from `first` on, without gap; none where the log ends
  // there. Reads from the store what is not here yet: up to `first`, if that is not
  // far, and else it moves there. Nothing where `first` lies before what it keeps.
  absl::StatusOr<std::optional<std::vector<Kept>>> From(Seq first, size_t limit);

  // Keeps nothing of what was read so far: the store has changed it.
  void Forget();

  size_t bytes() const;

 private:
  std::vector<Kept> Find(Seq first, size_t limit) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Where to read on so as to come to `first`; nothing where it lies before.
  std::optional<Seq> NextFor(Seq first) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Clear(Seq first) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(std::vector<audit::v1::Event> events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<std::vector<audit::v1::Event>> Read(Seq next);

  storage::EventStore& store_;
  const Limits limits_;

  Mutex reading_;  // one reads, and the others find what it has read
  mutable Mutex mutex_;
  std::deque<Kept> events_ ABSL_GUARDED_BY(mutex_);  // first_ and on
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t first_ ABSL_GUARDED_BY(mutex_);
  uint64_t forgotten_ ABSL_GUARDED_BY(mutex_) = 0;  // how often
};

}  // namespace daybook::journal
