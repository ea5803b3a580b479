#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "storage/manifest.h"
#include "verify/advance.h"
#include "verify/findings.h"
#include "verify/index_sums.h"
#include "verify/leaf_block.h"
#include "verify/row_check.h"
#include "verify/segment_rows.h"
#include "verify/store_facts.h"
#include "verify/tile_source.h"
#include "verify/unit_result.h"

namespace daybook::verify {

// Verifies one unit: the smallest run of whole segments whose first seq is a multiple
// of 2^16.
//
// Thread-compatible.
class UnitCheck {
 public:
  // Both must outlive it.
  UnitCheck(const StoreFacts& facts, const Advance& advance);

  // The unit that begins with `first_segment` and ends before `end_segment`.
  absl::StatusOr<UnitResult> Run(uint64_t first_segment, uint64_t end_segment);

 private:
  absl::Status CheckSegment(uint64_t number);
  absl::Status TakeRows(SegmentRows& segment);
  absl::Status TakeRow(SegmentRows& segment);
  absl::Status TellProgress();
  void TakeStray(SegmentRows& segment);
  absl::Status TakeMissingUntil(uint64_t seq, SegmentRows* segment);
  absl::Status TakeLeaf(const std::optional<ledger::Hash>& leaf, SegmentRows* segment);
  void TakeErasure();
  void CompleteKinds(SegmentRows* segment);
  absl::Status CompleteTile(SegmentRows* segment);
  void CompareTile(const TileHashes& stored, uint64_t number);
  bool IsVouchedFor(const TileHashes& stored, uint64_t number, bool& tile_is_wrong) const;
  absl::Status CompleteBlock(SegmentRows* segment);
  void CompareUpperTile(const TileHashes& stored, uint64_t number);
  void CompareSubtree(uint64_t number);
  void CompleteRest();
  void KeepCovers();
  void Unsure(uint64_t seq);

  const StoreFacts& facts_;
  const Advance& advance_;
  RowCheck row_;
  LeafBlock block_;
  UnitResult result_;
  uint64_t next_ = 0;  // the seq of the next leaf
  uint64_t told_ = 0;  // of the events, how many `advance_` knows of
  uint64_t block_first_ = 0;
  storage::CountTable kinds_;     // since a block or a segment began
  storage::SpanSummary summary_;  // of the block
  // Behind the last complete tile.
  std::vector<ledger::Hash> leaves_;
  std::vector<bool> is_known_;  // false where the row could not be hashed
};

}  // namespace daybook::verify
