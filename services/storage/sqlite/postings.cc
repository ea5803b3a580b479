#include "storage/sqlite/postings.h"

#include <algorithm>
#include <span>

namespace daybook::storage::sqlite {
namespace {

// So many places are looked at before one of them is: compilers make few instructions of that.
constexpr uint64_t kBlock = 64;

bool IsIn(std::span<const KeyDigest, kBlock> block, KeyDigest digest) {
  KeyDigest is_in = 0;
  for (const KeyDigest other : block) is_in |= other == digest ? 1 : 0;
  return is_in != 0;
}

}  // namespace

Postings::Postings(Seq first, uint64_t capacity) : first_(first), event_times_(capacity) {
  for (auto& column : columns_) column.resize(capacity);
  zone_.first_seq = first;
  zone_.counts.emplace();
}

void Postings::Add(const audit::v1::Event& event, Micros created_at) {
  const std::array<KeyDigest, kLookupKeys> digests = DigestsOf(event);
  for (size_t key = 0; key < kLookupKeys; ++key) columns_[key][size_] = digests[key];
  const Micros event_time = event.has_event_time() ? MicrosOf(event.event_time()) : created_at;
  if (event_time != created_at) {
    event_times_.Add({.time = event_time, .seq = static_cast<int64_t>(first_.value() + size_)});
  }
  if (size_ == 0) {
    zone_.first_time = created_at;
    zone_.first_event_time = event_time;
    zone_.last_event_time = event_time;
  }
  zone_.last_time = created_at;
  zone_.first_event_time = std::min(zone_.first_event_time, event_time);
  zone_.last_event_time = std::max(zone_.last_event_time, event_time);
  zone_.counts->Add(event.action(), event.outcome());
  zone_.last_seq = Seq(first_.value() + size_);
  ++size_;
}

bool Postings::HasAll(const std::vector<KeyTerm>& terms, size_t at) const {
  return std::all_of(terms.begin(), terms.end(), [this, at](const KeyTerm& term) {
    return columns_[term.key][at] == term.digest;
  });
}

std::vector<Seq> Postings::Find(const std::vector<KeyTerm>& terms, const Walk& walk) const {
  const uint64_t begin = walk.first.value() - first_.value();
  const uint64_t end = walk.last.value() - first_.value() + 1;
  // Most places fail the first term: that is the whole cost.
  const std::span<const KeyDigest> column = columns_[terms.front().key];
  const KeyDigest digest = terms.front().digest;
  std::vector<Seq> found;
  for (uint64_t left = end - begin; left > 0 && found.size() < walk.limit;) {
    const uint64_t size = std::min(left, kBlock);
    const uint64_t first = walk.newest_first ? begin + left - size : end - left;
    left -= size;
    const bool is_whole = size == kBlock;
    if (is_whole && !IsIn(column.subspan(first).first<kBlock>(), digest)) continue;
    FindIn(terms, {.first = first, .size = size}, walk, found);
  }
  return found;
}

void Postings::FindIn(const std::vector<KeyTerm>& terms, const Block& block, const Walk& walk,
                      std::vector<Seq>& found) const {
  for (uint64_t step = 0; step < block.size && found.size() < walk.limit; ++step) {
    const uint64_t at = block.first + (walk.newest_first ? block.size - 1 - step : step);
    if (HasAll(terms, at)) found.emplace_back(first_.value() + at);
  }
}

bool Postings::Walk::GoOnBehind(Seq seq) {
  if (seq == (newest_first ? first : last)) return false;
  (newest_first ? last : first) = Seq(newest_first ? seq.value() - 1 : seq.value() + 1);
  return true;
}

size_t Postings::size_in_bytes() const {
  return sizeof(Postings) + kLookupKeys * columns_[0].capacity() * sizeof(KeyDigest) +
         event_times_.size_in_bytes();
}

Zone Postings::ToZone() const { return zone_; }

}  // namespace daybook::storage::sqlite
