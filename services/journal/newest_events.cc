#include "journal/newest_events.h"

#include <algorithm>
#include <utility>

#include "core/status_macros.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::Event;

// How many events are read from the store at once.
constexpr size_t kReadEvents = 256;

}  // namespace

NewestEvents::NewestEvents(storage::EventStore& store, Limits limits)
    : store_(store), limits_(limits), first_(store.Size().value()) {}

absl::StatusOr<std::optional<std::vector<NewestEvents::Kept>>> NewestEvents::From(Seq first,
                                                                                  size_t limit) {
  {
    const MutexLock lock(mutex_);
    if (std::vector<Kept> found = Find(first, limit); !found.empty()) return found;
  }
  const MutexLock reading(reading_);
  while (true) {
    std::optional<Seq> next;
    uint64_t forgotten = 0;
    {
      const MutexLock lock(mutex_);
      if (std::vector<Kept> found = Find(first, limit); !found.empty()) return found;
      next = NextFor(first);
      forgotten = forgotten_;
    }
    if (!next) return std::nullopt;
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<Event> read, Read(*next));
    if (read.empty()) return std::vector<Kept>();
    const MutexLock lock(mutex_);
    if (forgotten_ != forgotten) continue;  // it may have changed since
    if (read.front().seq() != next->value()) {
      Clear(Seq(read.front().seq()));  // what is between is dropped
      return std::nullopt;
    }
    Keep(std::move(read));
  }
}

std::vector<NewestEvents::Kept> NewestEvents::Find(Seq first, size_t limit) const {
  if (first.value() < first_ || first.value() >= first_ + events_.size()) return {};
  const auto begin = events_.begin() + static_cast<std::ptrdiff_t>(first.value() - first_);
  const size_t count = std::min(limit, static_cast<size_t>(events_.end() - begin));
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

std::optional<Seq> NewestEvents::NextFor(Seq first) {
  if (first.value() < first_) return std::nullopt;
  const uint64_t end = first_ + events_.size();
  if (first.value() <= end + limits_.max_events) return Seq(end);
  Clear(first);
  return first;
}

void NewestEvents::Clear(Seq first) {
  events_.clear();
  bytes_ = 0;
  first_ = first.value();
}

void NewestEvents::Keep(std::vector<Event> events) {
  const size_t added = events.size();
  for (Event& event : events) {
    const size_t bytes = event.ByteSizeLong();
    events_.push_back({.event = std::make_shared<const Event>(std::move(event)), .bytes = bytes});
    bytes_ += bytes;
  }
  // What was read last stays, for whoever has asked for it.
  while (events_.size() > added &&
         (events_.size() > limits_.max_events || bytes_ > limits_.max_bytes)) {
    bytes_ -= events_.front().bytes;
    events_.pop_front();
    ++first_;
  }
}

absl::StatusOr<std::vector<Event>> NewestEvents::Read(Seq next) {
  storage::ScanRequest scan;
  scan.order = storage::ScanOrder::kSeq;
  scan.as_of = store_.Size();
  scan.limit = kReadEvents;
  if (next.value() > 0) scan.last_examined = Seq(next.value() - 1);
  DAYBOOK_ASSIGN_OR_RETURN(storage::ScanResult found, store_.Scan(scan));
  return std::move(found.events);
}

void NewestEvents::Forget() {
  const MutexLock lock(mutex_);
  Clear(Seq(first_ + events_.size()));
  ++forgotten_;
}

size_t NewestEvents::bytes() const {
  const MutexLock lock(mutex_);
  return bytes_;
}

}  // namespace daybook::journal
