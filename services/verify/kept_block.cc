#include "verify/kept_block.h"

#include <cstring>
#include <span>
#include <string>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "ledger/tile_edge.h"
#include "ledger/tree.h"
#include "verify/leaf_block.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::ledger::Hash;
using ::daybook::ledger::kTileWidth;

constexpr char kTilesOfBlock[] =
    "SELECT level, number, hashes FROM kept_tiles WHERE level = 1 AND number = ?1"
    " UNION ALL SELECT level, number, hashes FROM kept_tiles"
    " WHERE level = 0 AND number BETWEEN ?1 * 256 AND ?1 * 256 + 255";

Finding FindingOf(Fault fault, uint32_t level, uint64_t number) {
  const uint64_t last = ledger::LastLeafOf(level, number).value();
  const uint64_t events = level == 0 ? kTileWidth : LeafBlock::kLeaves;
  return {.fault = fault,
          .first_seq = last + 1 - events,
          .last_seq = last,
          .what = absl::StrCat("ledger.db: tile ", level, "/", number)};
}

}  // namespace

absl::StatusOr<KeptBlock> KeptBlock::Read(const db::sqlite::StoreLayout& layout, uint64_t number,
                                          std::optional<Hash> subtree, UnitResult& result) {
  KeptBlock block(number, subtree, result);
  DAYBOOK_RETURN_IF_ERROR(block.ReadTiles(layout));
  return block;
}

absl::Status KeptBlock::ReadTiles(const db::sqlite::StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection ledger, OpenToRead(layout.LedgerDb()));
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kTilesOfBlock));
  select.BindInteger(1, static_cast<int64_t>(number_));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    const std::pair name(static_cast<uint32_t>(select.Integer(0)),
                         static_cast<uint64_t>(select.Integer(1)));
    const absl::string_view bytes = select.Bytes(2);
    if (select.Type(2) == ValueType::kBlob && bytes.size() == kTileWidth * sizeof(Hash)) {
      TileHashes& hashes = tiles_[name];
      hashes.resize(kTileWidth);
      std::memcpy(hashes.data(), bytes.data(), bytes.size());
    } else {
      wrong_.insert(name);
      result_.findings.Add(FindingOf(Fault::kKeptTileMismatch, name.first, name.second));
    }
  }
}

// Where the upper tile does not have the hash of the block, either was changed: a
// checkpoint that holds tells. Those below it are held against one that is whole.
void KeptBlock::CheckTiles() {
  const TileHashes* const upper = Find(1, number_);
  if (upper != nullptr && subtree_ && ledger::RootOf(*upper) != *subtree_) {
    const uint64_t first = number_ * LeafBlock::kLeaves;
    result_.undecided.emplace_back(result_.findings.list().size(), first + LeafBlock::kLeaves);
    result_.unsure_from = std::min(first, result_.unsure_from.value_or(first));
    result_.findings.Add(FindingOf(Fault::kSubtreeMismatch, 1, number_));
    for (const auto& [name, hashes] : tiles_) wrong_.insert(name);
    return;
  }
  for (const auto& [name, hashes] : tiles_) {
    if (name.first != 0) continue;
    if (upper == nullptr) {
      Miss(1, number_);
    } else if (ledger::RootOf(hashes) != (*upper)[name.second % kTileWidth]) {
      wrong_.insert(name);
      result_.findings.Add(FindingOf(Fault::kKeptTileMismatch, 0, name.second));
    }
  }
}

void KeptBlock::TakeCover(uint64_t size, bool must) {
  std::vector<Hash> cover;
  bool is_here = true;
  for (const ledger::Node& node : ledger::Cover(number_ * LeafBlock::kLeaves, size)) {
    if (node.height == LeafBlock::kHeight) {  // all of the block
      is_here = is_here && subtree_;
      if (subtree_) cover.push_back(*subtree_);
      continue;
    }
    const ledger::TilePart part = ledger::PartFor(node);
    const TileHashes* const tile = Find(part.level, part.number);
    if (tile != nullptr && !wrong_.contains({part.level, part.number})) {
      cover.push_back(ledger::RootOf(std::span(*tile).subspan(part.first, part.count)));
      continue;
    }
    is_here = false;
    if (must) Miss(part.level, part.number);
  }
  if (is_here) result_.covers[size] = std::move(cover);
}

void KeptBlock::CheckLeaf(uint64_t seq, const Hash& hash) {
  const uint64_t number = seq / kTileWidth;
  if (Find(1, number_) == nullptr) Miss(1, number_);
  const TileHashes* const tile = Find(0, number);
  if (tile == nullptr) return Miss(0, number);
  if (wrong_.contains({0, number}) || (*tile)[seq % kTileWidth] == hash) return;
  result_.findings.Add(Fault::kKeptLeafMismatch, seq, "ledger.db: leaf");
}

const TileHashes* KeptBlock::Find(uint32_t level, uint64_t number) const {
  const auto tile = tiles_.find({level, number});
  return tile != tiles_.end() ? &tile->second : nullptr;
}

// Once.
void KeptBlock::Miss(uint32_t level, uint64_t number) {
  if (!wrong_.emplace(level, number).second) return;
  result_.findings.Add(FindingOf(Fault::kKeptTileMissing, level, number));
}

}  // namespace daybook::verify
