#include "daybook/store_leaves.h"

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/tile_edge.h"

namespace daybook::cli {

using ::daybook::storage::sqlite::SegmentReader;

absl::StatusOr<SegmentReader*> StoreLeaves::Open(Seq seq) {
  const uint64_t number = seq.value() / segment_events_;
  if (!segment_ || number_ != number) {
    segment_.reset();
    DAYBOOK_ASSIGN_OR_RETURN(SegmentReader segment, SegmentReader::Open(layout_.Segment(number)));
    segment_.emplace(std::move(segment));
    number_ = number;
  }
  return &*segment_;
}

absl::StatusOr<std::vector<std::string>> StoreLeaves::Read(Seq first, size_t count) {
  std::vector<std::string> leaves;
  leaves.reserve(count);
  for (uint64_t seq = first.value(); seq < first.value() + count; ++seq) {
    DAYBOOK_ASSIGN_OR_RETURN(SegmentReader* const segment, Open(Seq(seq)));
    DAYBOOK_ASSIGN_OR_RETURN(auto leaf, segment->GetLeaf(Seq(seq)));
    if (!leaf) {
      return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                             absl::StrCat("event ", seq, " was signed for and is missing"));
    }
    leaves.push_back(std::move(leaf->bytes));
  }
  return leaves;
}

absl::StatusOr<std::vector<ledger::Hash>> StoreLeaves::ReadTile(uint64_t number) {
  DAYBOOK_ASSIGN_OR_RETURN(SegmentReader* const segment, Open(ledger::LastLeafOf(0, number)));
  return segment->ReadTile(0, number);
}

}  // namespace daybook::cli
