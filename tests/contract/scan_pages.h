#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "query/filter.h"
#include "query/match.h"
#include "storage/event_store.h"
#include "support/status_matchers.h"

// What scans give, and what they should.
namespace daybook::contract {

using Seqs = std::vector<uint64_t>;

inline constexpr std::array<storage::ScanOrder, 4> kOrders = {
    storage::ScanOrder::kSeq, storage::ScanOrder::kSeqDescending, storage::ScanOrder::kEventTime,
    storage::ScanOrder::kEventTimeDescending};

inline Seqs SeqsOf(const storage::ScanResult& result) {
  Seqs seqs;
  for (const audit::v1::Event& event : result.events) seqs.push_back(event.seq());
  return seqs;
}

inline storage::ScanRequest Everything(storage::ScanOrder order) {
  return {.filter = {}, .order = order, .as_of = LogSize(~uint64_t{0}), .last_examined = {}};
}

// What all pages together give, `request` being the first; fails after more
// pages than there can be.
inline Seqs AllPages(storage::EventStore& store, storage::ScanRequest request,
                     int* pages = nullptr) {
  Seqs seqs;
  // A page of a tiny budget may find that there is nothing in one part of the store.
  const uint64_t most = 10 * (store.Size().value() + 1);
  for (uint64_t page = 0; page <= most; ++page) {
    if (pages != nullptr) ++*pages;
    const auto result = store.Scan(request);
    EXPECT_THAT(result, testing::IsOk());
    if (!result.ok()) return seqs;
    EXPECT_LE(result->events.size(), request.limit);
    const Seqs found = SeqsOf(*result);
    seqs.insert(seqs.end(), found.begin(), found.end());
    if (!result->last_examined) return seqs;
    request.last_examined = result->last_examined;
    request.last_event_time = result->last_event_time;
  }
  ADD_FAILURE() << "the pages do not end";
  return seqs;
}

// Those of `events`, which are in order of seq, that pass, as the order has them.
inline Seqs SeqsInOrder(storage::ScanOrder order, const std::vector<audit::v1::Event>& events,
                        const query::Filter& filter) {
  std::vector<std::pair<Micros, uint64_t>> keys;
  for (const audit::v1::Event& event : events) {
    if (!query::Matches(filter, event)) continue;
    keys.emplace_back(IsByEventTime(order) ? MicrosOf(event.event_time()) : 0, event.seq());
  }
  std::sort(keys.begin(), keys.end());
  if (IsDescending(order)) std::reverse(keys.begin(), keys.end());
  Seqs seqs;
  seqs.reserve(keys.size());
  for (const auto& [time, seq] : keys) seqs.push_back(seq);
  return seqs;
}

}  // namespace daybook::contract
