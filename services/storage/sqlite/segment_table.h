#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.h"
#include "core/mutex.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "storage/new_event.h"
#include "storage/sqlite/postings.h"
#include "storage/sqlite/request_index.h"
#include "storage/sqlite/totals_cache.h"
#include "storage/sqlite/zone.h"
#include "telemetry/metrics.h"

namespace daybook::storage::sqlite {

// What memory knows of each segment: of the first ones nothing where they are
// dropped; of the sealed ones, which are the next, their zones; of the others, the last of which is
// the active one, where their events are to be found. Counts them.
//
// Thread-safe.
class SegmentTable {
 public:
  SegmentTable(uint64_t segment_events, telemetry::Metrics& metrics);

  // One of the first two; neither where there is no such segment.
  struct View {
    std::shared_ptr<const Zone> sealed = {};
    std::shared_ptr<const Postings> unsealed = {};
    std::shared_ptr<TotalsCache> totals = {};  // of an unsealed one
  };
  View Find(uint64_t segment) const;

  uint64_t dropped() const;   // how many are
  uint64_t sealed() const;    // how many are, or were when they were dropped
  uint64_t unsealed() const;  // the same, the active one included

  // The events that it knows are those below.
  LogSize recorded() const;

  // The first sealed segment that has events of `time` or later.
  uint64_t FirstSealedSince(Micros time) const;

  // The segments below `end` are dropped from now on; they are sealed, or were never
  // there.
  void Drop(uint64_t end);

  // The next segment is sealed already.
  void AddSealed(Zone zone);
  // The next segment is not.
  void AddUnsealed();

  // The next events, one append's, from `first` on; their segments are there.
  void Record(std::span<const NewEvent* const> events, Seq first, Micros created_at);
  // The event at recorded(), as a store gave it back; its segment is there.
  void Record(const audit::v1::Event& stored, const std::optional<RequestKey>& request);

  // The newest unsealed event that may have this request.
  std::optional<Seq> FindRequest(const RequestKey& key) const;

  // What sealing the segment needs to know; it is full.
  struct Full {
    std::shared_ptr<const Postings> postings;
    std::vector<RequestDigest> requests;
  };
  Full FullSegment(uint64_t number) const;

  // The first unsealed segment is sealed from now on.
  void Seal(Zone zone);

  // What is known better of a sealed segment.
  void Replace(Zone zone);

  // What an unsealed segment, whose events are the same in number, is found by from
  // now on.
  void Replace(uint64_t unsealed, std::shared_ptr<Postings> postings, RequestIndex requests);

 private:
  struct Unsealed {
    std::shared_ptr<Postings> postings;
    RequestIndex requests;
    std::shared_ptr<TotalsCache> totals = std::make_shared<TotalsCache>();
  };

  Unsealed& UnsealedAt(uint64_t number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return unsealed_[number - zones_.size()];
  }
  void RecordLocked(const audit::v1::Event& event, const std::optional<RequestKey>& request,
                    Seq seq, Micros created_at) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CountLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const uint64_t segment_events_;
  mutable Mutex mutex_;
  std::vector<std::shared_ptr<const Zone>> zones_ ABSL_GUARDED_BY(mutex_);  // none of dropped ones
  uint64_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Unsealed> unsealed_ ABSL_GUARDED_BY(mutex_);
  telemetry::Gauge active_count_;
  telemetry::Gauge full_count_;
  telemetry::Gauge sealed_count_;
  telemetry::Gauge unsealed_bytes_;
};

}  // namespace daybook::storage::sqlite
