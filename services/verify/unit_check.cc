#include "verify/unit_check.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"
#include "ledger/tile_edge.h"
#include "verify/service_words.h"

namespace daybook::verify {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::kTileWidth;

// How many rows are read before others get their turn: some tenths of a millisecond of work. More
// where the file is opened anew behind each.
uint64_t AtOnce(const SegmentRows& segment) { return segment.IsInCatalog() ? 64 : 1'024; }

// A row that cannot be hashed, and of which nothing else tells the hash.
constexpr Hash kUnknown = {};

std::optional<size_t> FirstDifference(const std::vector<Hash>& a, const std::vector<Hash>& b,
                                      const std::vector<bool>& counts) {
  for (size_t i = 0; i < a.size(); ++i) {
    if (counts[i] && a[i] != b[i]) return i;
  }
  return std::nullopt;
}

}  // namespace

UnitCheck::UnitCheck(const StoreFacts& facts, const Advance& advance)
    : facts_(facts), advance_(advance), row_(facts.shape) {}

absl::StatusOr<UnitResult> UnitCheck::Run(uint64_t first_segment, uint64_t end_segment) {
  result_ = {};
  told_ = 0;
  block_.Clear();
  leaves_.clear();
  is_known_.clear();
  kinds_.clear();
  summary_ = {};
  result_.first_seq = first_segment * facts_.header.segment_events;
  next_ = result_.first_seq;
  block_first_ = next_;
  for (uint64_t number = first_segment; number < end_segment; ++number) {
    DAYBOOK_RETURN_IF_ERROR(CheckSegment(number));
    DAYBOOK_RETURN_IF_ERROR(TellProgress());
  }
  CompleteRest();
  return std::move(result_);
}

absl::Status UnitCheck::CheckSegment(uint64_t number) {
  const uint64_t end = facts_.SegmentEnd(number);
  const std::string file = absl::StrCat("segment ", number);
  const uint64_t first = next_;
  const auto lost = [&](Fault fault, absl::string_view why) {
    const uint64_t from = next_ < end ? next_ : first;  // what is beside the rows concerns all
    result_.findings.Add({.fault = fault,
                          .first_seq = from,
                          .last_seq = std::max(end, from + 1) - 1,
                          .what = absl::StrCat(file, why)});
    return TakeMissingUntil(end, nullptr);
  };
  auto segment = SegmentRows::Open(facts_, number, result_.findings);
  if (absl::IsNotFound(segment.status())) return lost(Fault::kSegmentMissing, "");
  if (absl::IsDataLoss(segment.status())) {
    return lost(Fault::kFileDamaged, absl::StrCat(": ", segment.status().message()));
  }
  if (!segment.ok()) return segment.status();
  absl::Status taken = TakeRows(**segment);
  CompleteKinds(segment->get());
  if (taken.ok()) taken = (*segment)->Finish(advance_, result_.findings);
  if (absl::IsNotFound(taken)) return lost(Fault::kSegmentMissing, "");  // just now
  if (!absl::IsDataLoss(taken)) return taken;
  return lost(Fault::kFileDamaged, absl::StrCat(": ", taken.message()));
}

absl::Status UnitCheck::TakeRows(SegmentRows& segment) {
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, segment.Next());
    if (!has_row) break;
    const auto id = static_cast<uint64_t>(segment.row()[facts_.shape.at().id].integer);
    // A service has gone on recording.
    if (id >= facts_.size && id / facts_.header.segment_events == segment.number()) break;
    if (id < next_ || id >= segment.end()) {
      TakeStray(segment);
      continue;
    }
    if (id > next_) {
      result_.findings.Add({.fault = Fault::kRowMissing,
                            .first_seq = next_,
                            .last_seq = id - 1,
                            .what = segment.file()});
      DAYBOOK_RETURN_IF_ERROR(TakeMissingUntil(id, &segment));
    }
    DAYBOOK_RETURN_IF_ERROR(TakeRow(segment));
    if (result_.events - told_ >= AtOnce(segment)) {
      segment.LetGo();
      DAYBOOK_RETURN_IF_ERROR(TellProgress());
    }
  }
  if (next_ < segment.end()) {
    result_.findings.Add({.fault = Fault::kRowMissing,
                          .first_seq = next_,
                          .last_seq = segment.end() - 1,
                          .what = segment.file()});
  }
  return TakeMissingUntil(segment.end(), &segment);
}

void UnitCheck::TakeStray(SegmentRows& segment) {
  Findings beside_the_point;
  row_.Take(segment.row(), beside_the_point);
  segment.AddStray(row_);
  if (row_.id() < 0) {
    result_.findings.Add(Fault::kRowUnexpected, absl::StrCat(segment.file(), ": id ", row_.id()));
  } else {
    result_.findings.Add(Fault::kRowUnexpected, static_cast<uint64_t>(row_.id()), segment.file());
  }
}

absl::Status UnitCheck::TakeRow(SegmentRows& segment) {
  row_.Take(segment.row(), result_.findings);
  segment.Add(row_);
  ++result_.events;
  const Micros time = row_.created_at();
  if (result_.last_time && time < *result_.last_time) {
    result_.findings.Add(Fault::kTimeDecreases, next_, "created_at");
  }
  if (!result_.first_time) result_.first_time = time;
  result_.last_time = time;
  if (summary_.counts.empty() && kinds_.empty()) summary_.first_time = time;
  summary_.last_time = time;
  storage::Count(kinds_, row_.values().action, row_.outcome());
  if (row_.erased() != 0) TakeErasure();
  if (row_.source() == audit::v1::SOURCE_SERVICE) {
    const ledger::LeafValues& values = row_.values();
    TakeServiceWord(next_, values.action, values.public_details, values.details, result_);
  }
  return TakeLeaf(row_.leaf(), &segment);
}

absl::Status UnitCheck::TellProgress() {
  return Tell(advance_, result_.events - std::exchange(told_, result_.events));
}

void UnitCheck::TakeErasure() {
  ++result_.erased_events;
  const bool goes_on = !result_.erased.empty() && result_.erased.back().last + 1 == next_ &&
                       result_.erased.back().groups == row_.erased();
  if (goes_on) {
    result_.erased.back().last = next_;
  } else {
    result_.erased.push_back({.first = next_, .last = next_, .groups = row_.erased()});
  }
}

// A row is counted once, for its segment and its block.
void UnitCheck::CompleteKinds(SegmentRows* segment) {
  if (segment != nullptr) segment->AddKinds(kinds_);
  storage::Merge(summary_.counts, kinds_);
  kinds_.clear();
}

absl::Status UnitCheck::TakeMissingUntil(uint64_t seq, SegmentRows* segment) {
  while (next_ < seq) DAYBOOK_RETURN_IF_ERROR(TakeLeaf(std::nullopt, segment));
  return absl::OkStatus();
}

absl::Status UnitCheck::TakeLeaf(const std::optional<Hash>& leaf, SegmentRows* segment) {
  leaves_.push_back(leaf.value_or(kUnknown));
  is_known_.push_back(leaf.has_value());
  ++next_;
  if (leaves_.size() < kTileWidth) return absl::OkStatus();
  return CompleteTile(segment);
}

absl::Status UnitCheck::CompleteTile(SegmentRows* segment) {
  const uint64_t number = next_ / kTileWidth - 1;
  std::optional<TileHashes> stored;
  if (segment != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(stored, segment->ReadTile(0, number));
  }
  if (stored) {
    CompareTile(*stored, number);
  } else {
    const bool has_unknown =
        std::find(is_known_.begin(), is_known_.end(), false) != is_known_.end();
    if (has_unknown) Unsure(next_ - kTileWidth);
    if (segment != nullptr) {
      result_.findings.Add({.fault = Fault::kTileMissing,
                            .first_seq = next_ - kTileWidth,
                            .last_seq = next_ - 1,
                            .what = absl::StrCat(segment->file(), ": tile 0/", number)});
    }
  }
  for (const Hash& leaf : leaves_) block_.Add(leaf);
  leaves_.clear();
  is_known_.clear();
  return block_.is_full() ? CompleteBlock(segment) : absl::OkStatus();
}

// Where rows and tile differ, what lies above decides which of them was changed; then
// the tree goes on over the other, so that what else is wrong shows too.
void UnitCheck::CompareTile(const TileHashes& stored, uint64_t number) {
  if (leaves_ == stored) return;
  const uint64_t first = number * kTileWidth;
  const std::optional<size_t> place = FirstDifference(leaves_, stored, is_known_);
  bool tile_is_wrong = false;
  const bool is_vouched_for = IsVouchedFor(stored, number, tile_is_wrong);
  if (!is_vouched_for && std::find(is_known_.begin(), is_known_.end(), false) != is_known_.end()) {
    Unsure(first);
  }
  if (tile_is_wrong && place) {
    return result_.findings.Add(Fault::kTileMismatch, first + *place,
                                absl::StrCat("tile 0/", number));
  }
  for (size_t i = 0; i < leaves_.size(); ++i) {
    if (!is_known_[i]) {
      leaves_[i] = stored[i];
    } else if (leaves_[i] != stored[i]) {
      if (!is_vouched_for) {
        Unsure(first);
        result_.undecided.emplace_back(result_.findings.list().size(), first + kTileWidth);
      }
      result_.findings.Add(Fault::kLeafMismatch, first + i, absl::StrCat("tile 0/", number));
      if (is_vouched_for) leaves_[i] = stored[i];
    }
  }
}

bool UnitCheck::IsVouchedFor(const TileHashes& stored, uint64_t number, bool& tile_is_wrong) const {
  if (facts_.evidence.HasTile(number)) return true;
  const uint64_t upper = number / kTileWidth;
  if ((upper + 1) * LeafBlock::kLeaves > facts_.size) return false;
  const auto above = ReadTileAnywhere(facts_.layout, facts_.header.segment_events, 1, upper);
  if (!above) return false;
  const auto subtree = facts_.ledger.subtrees.find(upper);
  if (subtree != facts_.ledger.subtrees.end() && subtree->second != ledger::RootOf(*above)) {
    return false;
  }
  const Hash& right = (*above)[number % kTileWidth];
  tile_is_wrong = ledger::RootOf(leaves_) == right;
  return ledger::RootOf(stored) == right;
}

absl::Status UnitCheck::CompleteBlock(SegmentRows* segment) {
  const uint64_t number = next_ / LeafBlock::kLeaves - 1;
  std::optional<TileHashes> stored;
  if (segment != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(stored, segment->ReadTile(1, number));
  }
  if (stored) {
    CompareUpperTile(*stored, number);
  } else if (segment != nullptr) {
    result_.findings.Add({.fault = Fault::kTileMissing,
                          .first_seq = block_first_,
                          .last_seq = next_ - 1,
                          .what = absl::StrCat(segment->file(), ": tile 1/", number)});
  }
  CompareSubtree(number);
  KeepCovers();
  CompleteKinds(segment);
  result_.blocks.push_back(block_.Root());
  result_.summaries.push_back(std::exchange(summary_, {}));
  block_.Clear();
  block_first_ = next_;
  return absl::OkStatus();
}

void UnitCheck::CompareUpperTile(const TileHashes& stored, uint64_t number) {
  const auto computed = block_.Level(ledger::kTileHeight);
  const auto subtree = facts_.ledger.subtrees.find(number);
  const bool rows_are_right =
      subtree != facts_.ledger.subtrees.end() && subtree->second == block_.Root();
  for (size_t i = 0; i < kTileWidth; ++i) {
    if (computed[i] == stored[i]) continue;
    const uint64_t first = block_first_ + i * kTileWidth;
    const bool is_known = !result_.unsure_from || *result_.unsure_from > first;
    if (!rows_are_right && !is_known) continue;  // said already
    if (!rows_are_right) {
      Unsure(first);
      result_.undecided.emplace_back(result_.findings.list().size(), next_);
    }
    result_.findings.Add({.fault = rows_are_right ? Fault::kTileMismatch : Fault::kLeafMismatch,
                          .first_seq = first,
                          .last_seq = first + kTileWidth - 1,
                          .what = absl::StrCat("tile 1/", number)});
  }
}

void UnitCheck::CompareSubtree(uint64_t number) {
  const auto subtree = facts_.ledger.subtrees.find(number);
  if (subtree == facts_.ledger.subtrees.end() || subtree->second == block_.Root()) return;
  if (result_.unsure_from && *result_.unsure_from >= block_first_) return;  // said already
  result_.findings.Add({.fault = Fault::kSubtreeMismatch,
                        .first_seq = block_first_,
                        .last_seq = next_ - 1,
                        .what = absl::StrCat("ledger.db: subtree ", number)});
  Unsure(block_first_);
}

// What lies behind the last complete tile.
void UnitCheck::CompleteRest() {
  const uint64_t first = next_ - leaves_.size();
  for (size_t i = 0; i < leaves_.size(); ++i) {
    const std::optional<Hash> right = facts_.evidence.LeafAt(first + i);
    if (right && is_known_[i] && leaves_[i] != *right) {
      result_.findings.Add(Fault::kLeafMismatch, first + i, "ledger.db: edge");
    }
    if (right) leaves_[i] = *right;
    if (!right && !is_known_[i]) Unsure(first + i);
    block_.Add(leaves_[i]);
  }
  KeepCovers();
}

void UnitCheck::KeepCovers() {
  for (const SignedHead& head : facts_.heads) {
    const uint64_t size = head.head.size.value();
    if (size > block_first_ && size <= next_) {
      result_.covers[size] = block_.Cover(size - block_first_);
    }
  }
  const uint64_t size = facts_.ledger.edge_size;
  if (size <= block_first_ || size > next_) return;
  const std::vector<Hash>& edge = facts_.ledger.edge;
  const auto leaves = block_.Level(0).subspan(size - edge.size() - block_first_, edge.size());
  result_.edge_differs = !std::equal(edge.begin(), edge.end(), leaves.begin());
}

void UnitCheck::Unsure(uint64_t seq) {
  result_.unsure_from = std::min(seq, result_.unsure_from.value_or(seq));
}

}  // namespace daybook::verify
