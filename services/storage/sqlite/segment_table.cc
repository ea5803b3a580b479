#include "storage/sqlite/segment_table.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

namespace daybook::storage::sqlite {
namespace {

telemetry::Gauge CountOf(telemetry::Metrics& metrics, const std::string& state) {
  return metrics.AddGauge("daybook_storage_segments", "Segments, by state.", {{"state", state}});
}

}  // namespace

SegmentTable::SegmentTable(uint64_t segment_events, telemetry::Metrics& metrics)
    : segment_events_(segment_events),
      active_count_(CountOf(metrics, "active")),
      full_count_(CountOf(metrics, "full")),
      sealed_count_(CountOf(metrics, "sealed")),
      unsealed_bytes_(
          metrics.AddGauge("daybook_storage_postings_bytes",
                           "Memory that finds the events of segments that are not sealed.")) {}

SegmentTable::View SegmentTable::Find(uint64_t segment) const {
  const MutexLock lock(mutex_);
  if (segment < zones_.size()) return {.sealed = zones_[segment]};
  const uint64_t place = segment - zones_.size();
  if (place >= unsealed_.size()) return {};
  return {.unsealed = unsealed_[place].postings, .totals = unsealed_[place].totals};
}

uint64_t SegmentTable::dropped() const {
  const MutexLock lock(mutex_);
  return dropped_;
}

uint64_t SegmentTable::sealed() const {
  const MutexLock lock(mutex_);
  return zones_.size();
}

uint64_t SegmentTable::unsealed() const {
  const MutexLock lock(mutex_);
  return unsealed_.size();
}

LogSize SegmentTable::recorded() const {
  const MutexLock lock(mutex_);
  uint64_t events = zones_.size() * segment_events_;
  for (const Unsealed& segment : unsealed_) events += segment.postings->size();
  return LogSize(events);
}

uint64_t SegmentTable::FirstSealedSince(Micros time) const {
  const MutexLock lock(mutex_);
  // Nearly always, and asked for every event with a request.
  if (dropped_ == zones_.size() || zones_[dropped_]->last_time >= time) return dropped_;
  const auto first =
      std::partition_point(zones_.begin() + static_cast<std::ptrdiff_t>(dropped_), zones_.end(),
                           [time](const auto& zone) { return zone->last_time < time; });
  return static_cast<uint64_t>(first - zones_.begin());
}

void SegmentTable::Drop(uint64_t end) {
  const MutexLock lock(mutex_);
  if (zones_.size() < end) zones_.resize(end);
  for (; dropped_ < end; ++dropped_) zones_[dropped_].reset();
  CountLocked();
}

void SegmentTable::AddSealed(Zone zone) {
  const MutexLock lock(mutex_);
  zones_.push_back(std::make_shared<const Zone>(std::move(zone)));
  CountLocked();
}

void SegmentTable::AddUnsealed() {
  const MutexLock lock(mutex_);
  const Seq first((zones_.size() + unsealed_.size()) * segment_events_);
  unsealed_.push_back(
      {.postings = std::make_shared<Postings>(first, segment_events_), .requests = {}});
  CountLocked();
}

void SegmentTable::Record(std::span<const NewEvent* const> events, Seq first, Micros created_at) {
  const MutexLock lock(mutex_);
  uint64_t seq = first.value();
  for (const NewEvent* fresh : events) {
    RecordLocked(fresh->event(), fresh->request_key(), Seq(seq++), created_at);
  }
  CountLocked();
}

void SegmentTable::Record(const audit::v1::Event& stored,
                          const std::optional<RequestKey>& request) {
  const MutexLock lock(mutex_);
  RecordLocked(stored, request, Seq(stored.seq()), MicrosOf(stored.created_at()));
  CountLocked();
}

void SegmentTable::RecordLocked(const audit::v1::Event& event,
                                const std::optional<RequestKey>& request, Seq seq,
                                Micros created_at) {
  Unsealed& segment = UnsealedAt(seq.value() / segment_events_);
  segment.postings->Add(event, created_at);
  if (request) segment.requests.Add(*request, seq);
}

std::optional<Seq> SegmentTable::FindRequest(const RequestKey& key) const {
  const MutexLock lock(mutex_);
  for (size_t i = unsealed_.size(); i-- > 0;) {
    if (const auto seq = unsealed_[i].requests.Find(key)) return seq;
  }
  return std::nullopt;
}

SegmentTable::Full SegmentTable::FullSegment(uint64_t number) const {
  const MutexLock lock(mutex_);
  const Unsealed& segment = unsealed_[number - zones_.size()];
  return {.postings = segment.postings, .requests = segment.requests.Digests()};
}

void SegmentTable::Seal(Zone zone) {
  Unsealed freed;  // outside the lock
  const MutexLock lock(mutex_);
  zones_.push_back(std::make_shared<const Zone>(std::move(zone)));
  freed = std::move(unsealed_.front());
  unsealed_.pop_front();
  CountLocked();
}

void SegmentTable::Replace(Zone zone) {
  const MutexLock lock(mutex_);
  const uint64_t number = zone.number;
  zones_[number] = std::make_shared<const Zone>(std::move(zone));
}

void SegmentTable::Replace(uint64_t unsealed, std::shared_ptr<Postings> postings,
                           RequestIndex requests) {
  const MutexLock lock(mutex_);
  Unsealed& segment = UnsealedAt(unsealed);
  segment.postings.swap(postings);  // what it had goes outside the lock, or with its readers
  segment.requests = std::move(requests);
  segment.totals = std::make_shared<TotalsCache>();
  CountLocked();
}

void SegmentTable::CountLocked() {
  size_t full = 0;
  size_t bytes = 0;
  for (const Unsealed& segment : unsealed_) {
    if (segment.postings->size() == segment_events_) ++full;
    bytes += segment.postings->size_in_bytes() + segment.requests.size_in_bytes();
  }
  active_count_.Set(static_cast<double>(unsealed_.size() - full));
  full_count_.Set(static_cast<double>(full));
  sealed_count_.Set(static_cast<double>(zones_.size() - dropped_));
  unsealed_bytes_.Set(static_cast<double>(bytes));
}

}  // namespace daybook::storage::sqlite
