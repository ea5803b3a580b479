#pragma once

#include <cstdint>
#include <vector>

#include "query/filter.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/reader_pool.h"
#include "storage/sqlite/segment_filters.h"
#include "storage/sqlite/segment_table.h"
#include "storage/sqlite/zone.h"

namespace daybook::storage::sqlite {

// So many events are examined between two questions whether to stop.
inline constexpr uint64_t kLongestStep = 16'384;

// What a segment costs of a question's budget, at least, where an index, or memory, leads to
// what is looked for.
inline constexpr uint64_t kLedCost = 256;

// What questions are answered from. All must outlive them.
struct Segments {
  uint64_t segment_events;
  const SegmentTable& table;
  ReaderPool& readers;
  const SegmentFilters& subjects;

  // Whether events of a sealed segment may pass `filter`, of which `keys` are KeyTermsOf.
  bool MayHold(const Zone& zone, const query::Filter& filter,
               const std::vector<KeyTerm>& keys) const;
};

}  // namespace daybook::storage::sqlite
