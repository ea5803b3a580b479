#include "support/memory_event_store.h"

#include <algorithm>
#include <string>
#include <utility>

#include "core/status_macros.h"
#include "query/field_value.h"
#include "query/match.h"
#include "storage/scan_cursor.h"
#include "storage/tally.h"
#include "support/naive_tree.h"

namespace daybook::testing {

using audit::v1::Event;

void MemoryEventStore::FailAppends(absl::Status error) {
  const MutexLock lock(mutex_);
  append_error_ = std::move(error);
}

absl::StatusOr<storage::AppendReceipt> MemoryEventStore::Append(
    std::span<const storage::NewEvent* const> events) {
  const MutexLock lock(mutex_);
  if (!append_error_.ok()) return append_error_;
  Micros now = FloorToMicros(clock_.Now());
  if (!events_.empty()) now = std::max(now, MicrosOf(events_.back().created_at()));
  storage::AppendReceipt receipt{
      .first_seq = Seq(events_.size()), .created_at = now, .leaf_hashes = {}};
  for (const storage::NewEvent* fresh : events) {
    Event event = fresh->event();
    event.set_seq(events_.size());
    SetTimestamp(now, event.mutable_created_at());
    SetTimestamp(fresh->checked().event_time().value_or(now), event.mutable_event_time());
    receipt.leaf_hashes.push_back(fresh->leaf().HashAt(now));
    event.set_leaf_hash(std::string(ledger::AsBytes(receipt.leaf_hashes.back())));
    if (fresh->request_key()) requests_.insert_or_assign(*fresh->request_key(), events_.size());
    redactions_.emplace_back(event, fresh->salt().value_or(ledger::Salt()));
    leaves_.push_back(receipt.leaf_hashes.back());
    events_.push_back(std::move(event));
  }
  return receipt;
}

absl::StatusOr<std::optional<Event>> MemoryEventStore::FindRepeated(
    const storage::NewEvent& event) {
  if (!event.request_key()) return std::nullopt;
  const MutexLock lock(mutex_);
  const auto found = requests_.find(*event.request_key());
  if (found == requests_.end()) return std::nullopt;
  const Event& stored = events_[found->second];
  const Micros since = FloorToMicros(clock_.Now()) - storage::kRequestWindow;
  if (MicrosOf(stored.created_at()) < since) return std::nullopt;
  return stored;
}

LogSize MemoryEventStore::Size() const {
  const MutexLock lock(mutex_);
  return LogSize(events_.size());
}

Seq MemoryEventStore::Begin() const {
  const MutexLock lock(mutex_);
  return begin_;
}

absl::Status MemoryEventStore::Prune(Seq begin) {
  const MutexLock lock(mutex_);
  if (begin.value() % storage::SpanEvents(1) != 0 || begin.value() >= events_.size()) {
    return absl::InvalidArgumentError("no complete span ends there");
  }
  begin_ = std::max(begin_, begin);
  return absl::OkStatus();
}

absl::StatusOr<Event> MemoryEventStore::Get(Seq seq) {
  const MutexLock lock(mutex_);
  const LogSize size(events_.size());
  if (!size.Contains(seq)) return storage::EventNotFoundError(seq, size);
  if (seq < begin_) return storage::PrunedError(seq, begin_);
  return events_[seq.value()];
}

absl::StatusOr<ledger::OpenedLeaf> MemoryEventStore::GetLeaf(Seq seq) {
  const MutexLock lock(mutex_);
  const LogSize size(events_.size());
  if (!size.Contains(seq)) return storage::EventNotFoundError(seq, size);
  if (seq < begin_) return storage::PrunedError(seq, begin_);
  return redactions_[seq.value()].Open(events_[seq.value()]);
}

absl::StatusOr<std::vector<ledger::Hash>> MemoryEventStore::ReadNodes(
    std::span<const ledger::Node> nodes) {
  const MutexLock lock(mutex_);
  if (absl::Status held = storage::CheckComplete(nodes, LogSize(events_.size())); !held.ok()) {
    return held;
  }
  return NodesOver(leaves_, nodes);
}

// The times and seqs of the events behind those that were examined, sorted.
std::vector<std::pair<Micros, uint64_t>> MemoryEventStore::KeysByEventTime(
    const storage::ScanRequest& request) const {
  using Key = std::pair<Micros, uint64_t>;
  const bool descending = IsDescending(request.order);
  const auto is_behind = [&](const Key& key) {
    if (!request.last_examined) return true;
    const Key last(request.last_event_time, request.last_examined->value());
    return descending ? key < last : key > last;
  };
  const uint64_t as_of = std::min<uint64_t>(request.as_of.value(), events_.size());
  std::vector<Key> keys;
  for (uint64_t seq = begin_.value(); seq < as_of; ++seq) {
    const Key key(MicrosOf(events_[seq].event_time()), seq);
    if (is_behind(key)) keys.push_back(key);
  }
  std::sort(keys.begin(), keys.end());
  if (descending) std::reverse(keys.begin(), keys.end());
  return keys;
}

absl::StatusOr<storage::ScanResult> MemoryEventStore::ScanByEventTime(
    const storage::ScanRequest& request) {
  storage::ScanResult result;
  uint64_t examined = 0;
  for (const auto& key : KeysByEventTime(request)) {
    if (request.cancelled()) return absl::CancelledError("the caller went away");
    result.budget_exhausted = examined == request.budget;
    if (result.budget_exhausted || result.events.size() == request.limit) return result;
    ++examined;
    result.last_event_time = key.first;
    result.last_examined = Seq(key.second);
    const Event& event = events_[key.second];
    if (query::Matches(request.filter, event)) result.events.push_back(event);
  }
  result.last_examined.reset();
  return result;
}

absl::StatusOr<storage::ScanResult> MemoryEventStore::Scan(const storage::ScanRequest& request) {
  const MutexLock lock(mutex_);
  if (IsByEventTime(request.order)) return ScanByEventTime(request);
  storage::ScanCursor cursor(request, begin_, std::min(request.as_of, LogSize(events_.size())));
  storage::ScanResult result;
  while (cursor.next()) {
    if (request.cancelled()) return absl::CancelledError("the caller went away");
    const storage::ScanCursor::Step step = cursor.Take(/*length=*/1, /*segment=*/1);
    cursor.Charge(1);
    const Event& event = events_[step.first.value()];
    if (query::Matches(request.filter, event)) result.events.push_back(event);
    if (result.events.size() == request.limit) cursor.StopBehind(step.first);
  }
  result.last_examined = cursor.last_examined();
  result.budget_exhausted = cursor.budget_exhausted();
  return result;
}

absl::StatusOr<storage::TallyResult> MemoryEventStore::Aggregate(
    const storage::TallyRequest& request) {
  const MutexLock lock(mutex_);
  const storage::ScanRequest& scan = request.scan;
  storage::ScanCursor cursor(scan, begin_, std::min(scan.as_of, LogSize(events_.size())));
  storage::Tally tally(request.grouping);
  while (cursor.next() && tally.size_in_bytes() < request.max_bytes) {
    if (scan.cancelled()) return absl::CancelledError("the caller went away");
    const storage::ScanCursor::Step step = cursor.Take(/*length=*/1, /*segment=*/1);
    cursor.Charge(1);
    const Event& event = events_[step.first.value()];
    if (!query::Matches(scan.filter, event)) continue;
    std::vector<query::FieldValue> values;
    for (const query::Field* field : tally.fields()) {
      values.push_back(query::ValueIn(event, *field));
    }
    tally.Add(step.first, MicrosOf(event.created_at()), values);
  }
  return storage::TallyResult{.groups = tally.Take(cursor.last_examined() ? 0 : request.min_count),
                              .last_examined = cursor.last_examined()};
}

absl::Status MemoryEventStore::CheckHolds(Seq first, Seq last) const {
  if (last < first || last.value() >= events_.size()) {
    return absl::OutOfRangeError("the log is not that long");
  }
  return first < begin_ ? storage::PrunedError(first, begin_) : absl::OkStatus();
}

absl::StatusOr<storage::SpanSummary> MemoryEventStore::Summarize(Seq first, Seq last) {
  const MutexLock lock(mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckHolds(first, last));
  storage::SpanSummary summary{.first_time = MicrosOf(events_[first.value()].created_at()),
                               .last_time = MicrosOf(events_[last.value()].created_at())};
  for (uint64_t seq = first.value(); seq <= last.value(); ++seq) {
    storage::Count(summary.counts, events_[seq].action(), events_[seq].outcome());
  }
  return summary;
}

absl::StatusOr<std::vector<Event>> MemoryEventStore::ReadProducers(Seq first, Seq last) {
  const MutexLock lock(mutex_);
  DAYBOOK_RETURN_IF_ERROR(CheckHolds(first, last));
  std::vector<Event> events;
  for (uint64_t seq = first.value(); seq <= last.value(); ++seq) {
    const Event& whole = events_[seq];
    Event& event = events.emplace_back();
    event.set_seq(seq);
    *event.mutable_created_at() = whole.created_at();
    event.set_producer(whole.producer());
    if (whole.has_producer_sequence()) event.set_producer_sequence(whole.producer_sequence());
  }
  return events;
}

uint64_t MemoryEventStore::CountRewrites(const storage::Erasure& erasure) const {
  return erasure.ranges.empty() ? 0 : 1;
}

absl::Status MemoryEventStore::Erase(const storage::Erasure& erasure,
                                     const std::function<bool()>& cancelled) {
  const MutexLock lock(mutex_);
  if (!erase_error_.ok()) return erase_error_;
  for (const storage::SeqRange& range : erasure.ranges) {
    if (cancelled()) return absl::CancelledError("the caller went away");
    for (uint64_t seq = range.first.value(); seq <= range.last.value(); ++seq) {
      if (absl::Status erased = EraseEvent(seq, erasure.groups); !erased.ok()) return erased;
    }
  }
  return absl::OkStatus();
}

absl::Status MemoryEventStore::EraseEvent(uint64_t seq, const std::vector<ledger::Group>& groups) {
  Event& event = events_[seq];
  const auto key = storage::RequestKeyOf(event.producer(), event.request_id());
  ledger::Redaction& redaction = redactions_[seq];
  for (const ledger::Group group : groups) redaction.Erase(group, event);
  const auto commitments = redaction.CommitmentsOf(event);
  if (!commitments.ok()) return commitments.status();
  const ledger::LeafDraft left(event, *commitments);
  event.set_leaf_hash(std::string(ledger::AsBytes(left.HashAt(MicrosOf(event.created_at())))));
  if (key && event.request_id().empty()) requests_.erase(*key);
  return absl::OkStatus();
}

void MemoryEventStore::FailErasures(absl::Status error) {
  const MutexLock lock(mutex_);
  erase_error_ = std::move(error);
}

void MemoryEventStore::Tamper(Seq seq, const std::function<void(Event&)>& change) {
  const MutexLock lock(mutex_);
  Event& event = events_[seq.value()];
  change(event);
  const ledger::LeafDraft now(event, *redactions_[seq.value()].CommitmentsOf(event));
  event.set_leaf_hash(std::string(ledger::AsBytes(now.HashAt(MicrosOf(event.created_at())))));
}

}  // namespace daybook::testing
