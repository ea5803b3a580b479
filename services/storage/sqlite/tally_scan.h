#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "storage/event_store.h"
#include "storage/scan_cursor.h"
#include "storage/sqlite/lookup_key.h"
#include "storage/sqlite/segments.h"
#include "storage/sqlite/seq_bounds.h"
#include "storage/sqlite/totals_cache.h"
#include "storage/sqlite/totals_rows.h"
#include "storage/tally.h"

namespace daybook::storage::sqlite {

// Puts the events of the segments into groups: as SegmentScan finds them, of each only what
// the groups are about.
//
// Thread-compatible.
class TallyScan {
 public:
  // `request` must outlive it.
  TallyScan(const Segments& segments, const TallyRequest& request, SeqBounds bounds);

  // Once. CANCELLED where the request says so between two steps.
  absl::StatusOr<TallyResult> Run();

 private:
  absl::Status TallySome();
  absl::Status TallySegment(uint64_t segment, const SegmentTable::View& view);
  absl::Status TallyByPostings(const Postings& postings);
  absl::Status TallyFile(SegmentReader& reader);
  absl::Status TallyByTotals(uint64_t segment, const SegmentTable::View& view);
  absl::Status TallySealedBlocks(SegmentReader& reader, const ScanCursor::Step& step);
  absl::Status TallyUnsealedBlock(SegmentReader& reader, const ScanCursor::Step& block,
                                  TotalsCache& cache);
  absl::Status TallyBlock(SegmentReader& reader, const ScanCursor::Step& block,
                          std::span<const TotalsRow> rows);
  absl::Status TallyRows(SegmentReader& reader, const ScanCursor::Step& step);

  const Segments with_;
  const TallyRequest& request_;
  const std::vector<KeyTerm> keys_;
  const bool is_of_kinds_;  // and so answered by totals
  const uint64_t begin_;
  ScanCursor cursor_;
  Tally tally_;
};

}  // namespace daybook::storage::sqlite
