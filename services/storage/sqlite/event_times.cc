#include "storage/sqlite/event_times.h"

#include <algorithm>

namespace daybook::storage::sqlite {

EventTimes::EventTimes(uint64_t capacity) : chunks_((capacity + kChunk - 1) / kChunk) {}

void EventTimes::Add(EventTimeKey key) {
  const size_t at = size_.load(std::memory_order_relaxed);
  std::unique_ptr<Chunk>& chunk = chunks_[at / kChunk];
  if (chunk == nullptr) chunk = std::make_unique<Chunk>();
  (*chunk)[at % kChunk] = key;
  size_.store(at + 1, std::memory_order_release);
}

std::vector<EventTimeKey> EventTimes::Find(const KeyRange& range,
                                           absl::FunctionRef<bool(Seq)> is_wanted) const {
  const auto comes_first = [&range](const EventTimeKey& a, const EventTimeKey& b) {
    return range.descending ? b < a : a < b;
  };
  std::vector<EventTimeKey> first;  // a heap, with the one that comes last on top
  const size_t size = size_.load(std::memory_order_acquire);
  for (size_t at = 0; at < size; ++at) {
    const EventTimeKey& key = (*chunks_[at / kChunk])[at % kChunk];
    if (!range.Holds(key)) continue;
    const bool is_full = first.size() == range.limit;
    if (is_full && !comes_first(key, first.front())) continue;
    if (!is_wanted(Seq(static_cast<uint64_t>(key.seq)))) continue;
    if (is_full) {
      std::pop_heap(first.begin(), first.end(), comes_first);
      first.pop_back();
    }
    first.push_back(key);
    std::push_heap(first.begin(), first.end(), comes_first);
  }
  std::sort_heap(first.begin(), first.end(), comes_first);
  return first;
}

size_t EventTimes::size_in_bytes() const {
  const size_t chunks = (size_.load(std::memory_order_acquire) + kChunk - 1) / kChunk;
  return chunks_.size() * sizeof(chunks_.front()) + chunks * sizeof(Chunk);
}

}  // namespace daybook::storage::sqlite
