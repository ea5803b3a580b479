#include "daybook/tile_export.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/failure.h"
#include "ledger/entry_bundle.h"
#include "ledger/tile_edge.h"
#include "ledger/tile_path.h"
#include "ledger/tree.h"

namespace daybook::cli {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::kTileHeight;
using ::daybook::ledger::kTileWidth;
using ::daybook::ledger::TilePath;

// What a tile of level 1 spans.
constexpr uint64_t kSubtreeLeaves = kTileWidth * kTileWidth;

constexpr uint32_t kFirstRow = 2;  // the level of rows_[0]

TilePath BundlePath(uint64_t number, size_t width) {
  return {.level = std::nullopt, .number = number, .width = width};
}

}  // namespace

absl::Status TileExport::Run(const ledger::TreeHead& head) {
  const uint64_t size = head.size.value();
  progress_.Begin("writing tiles", size);
  for (uint64_t number = 0; number < size / kSubtreeLeaves; ++number) {
    const bool is_dropped = number < dropped_.begin.value() / kSubtreeLeaves;
    DAYBOOK_RETURN_IF_ERROR(is_dropped ? AddDropped(number) : AddSubtree(number));
  }
  DAYBOOK_RETURN_IF_ERROR(AddLastSubtree(size / kSubtreeLeaves, size % kSubtreeLeaves));
  for (size_t i = 0; i < rows_.size(); ++i) {
    const auto level = static_cast<uint32_t>(i) + kFirstRow;
    DAYBOOK_RETURN_IF_ERROR(PutPartial(level, rows_[i].tiles, rows_[i].hashes));
  }
  if (tree_.Root() == head.root) return absl::OkStatus();
  return NotVerifiedError(absl::StrCat(
      "the first ", size,
      " events are not those that the checkpoint was signed over, or the folder holds tiles of "
      "another log: write into a new one, and look at the store"));
}

// A tile of level 1 that is there has the roots of those under it, so that those
// need not be read again.
absl::Status TileExport::AddSubtree(uint64_t number) {
  const TilePath path{.level = 1, .number = number};
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::vector<Hash>> known, folder_.ReadTile(path));
  std::vector<Hash> roots;
  roots.reserve(kTileWidth);
  for (size_t i = 0; i < kTileWidth; ++i) {
    const Hash* const expected = known ? &(*known)[i] : nullptr;
    DAYBOOK_ASSIGN_OR_RETURN(const Hash root, AddTile(number * kTileWidth + i, expected));
    roots.push_back(root);
  }
  DAYBOOK_RETURN_IF_ERROR(folder_.PutTile(path, roots));
  return AddUpwards(ledger::RootOf(roots));
}

// What was written while its events were there stays.
absl::Status TileExport::AddDropped(uint64_t number) {
  if (number >= dropped_.subtrees.size()) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                           absl::StrCat("ledger.db: subtree ", number, " is missing"));
  }
  const Hash& root = dropped_.subtrees[number];
  const TilePath path{.level = 1, .number = number};
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::vector<Hash>> known, folder_.ReadTile(path));
  if (known && ledger::RootOf(*known) != root) {
    return NotVerifiedError(absl::StrCat("tile 1/", number,
                                         " of the folder is not what was dropped: write into a "
                                         "new folder, and look at the store"));
  }
  if (known) folder_.Keep();
  DAYBOOK_RETURN_IF_ERROR(PutKept(number, root));
  tree_.AddSubtree(kTileHeight + kTileHeight, root);
  progress_.Reach(tree_.size().value());
  return AddUpwards(root);
}

// A tile of level 0 is kept together with the one above it.
absl::Status TileExport::PutKept(uint64_t number, const Hash& root) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto roots, ReadKept(1, number, root));
  if (!roots) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(folder_.PutTile({.level = 1, .number = number}, *roots));
  for (size_t i = 0; i < kTileWidth; ++i) {
    const TilePath path{.level = 0, .number = number * kTileWidth + i};
    DAYBOOK_ASSIGN_OR_RETURN(const auto leaves, ReadKept(0, path.number, (*roots)[i]));
    if (leaves) DAYBOOK_RETURN_IF_ERROR(folder_.PutTile(path, *leaves));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::vector<Hash>>> TileExport::ReadKept(uint32_t level,
                                                                      uint64_t number,
                                                                      const Hash& root) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::vector<Hash>> kept,
                           dropped_.kept.KeptTile(level, number));
  if (kept && ledger::RootOf(*kept) != root) {
    return NotVerifiedError(absl::StrCat("ledger.db: the tile ", level, "/", number,
                                         " is not the one of the tree: look at the store"));
  }
  return kept;
}

absl::Status TileExport::AddLastSubtree(uint64_t number, uint64_t leaves) {
  std::vector<Hash> roots;
  for (size_t i = 0; i < leaves / kTileWidth; ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const Hash root, AddTile(number * kTileWidth + i, nullptr));
    roots.push_back(root);
  }
  DAYBOOK_RETURN_IF_ERROR(PutPartial(1, number, roots));
  const size_t rest = leaves % kTileWidth;
  if (rest == 0) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> hashes,
                           AddEntries(number * kTileWidth + roots.size(), rest));
  for (const Hash& leaf : hashes) tree_.Add(leaf);
  progress_.Reach(tree_.size().value());
  return absl::OkStatus();
}

// The root of a complete tile of level 0, whose files are there afterwards.
absl::StatusOr<Hash> TileExport::AddTile(uint64_t number, const Hash* known) {
  DAYBOOK_ASSIGN_OR_RETURN(const Hash root, RootOfTile(number, known));
  if (known != nullptr && root != *known) {
    return NotVerifiedError(absl::StrCat("tile 0/", number,
                                         " is not what the folder's tile above it holds: write "
                                         "into a new folder, and look at the store"));
  }
  tree_.AddSubtree(kTileHeight, root);
  progress_.Reach(tree_.size().value());
  return root;
}

absl::StatusOr<Hash> TileExport::RootOfTile(uint64_t number, const Hash* known) {
  const TilePath tile{.level = 0, .number = number};
  const bool is_there = folder_.HasTile(tile) && folder_.HasBundle(BundlePath(number, kTileWidth));
  if (is_there) {
    folder_.Keep(2);
    if (known != nullptr) return *known;
    DAYBOOK_ASSIGN_OR_RETURN(const auto hashes, folder_.ReadTile(tile));
    if (hashes) return ledger::RootOf(*hashes);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> hashes, AddEntries(number, kTileWidth));
  return ledger::RootOf(hashes);
}

// The hashes of the leaves under a tile of level 0, computed from their bytes.
absl::StatusOr<std::vector<Hash>> TileExport::AddEntries(uint64_t number, size_t width) {
  const Seq first(number * kTileWidth);
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> leaves, leaves_.Read(first, width));
  std::vector<Hash> hashes;
  hashes.reserve(width);
  std::string bundle;
  for (const std::string& leaf : leaves) {
    ledger::AppendEntry(leaf, bundle);
    hashes.push_back(ledger::LeafHash(leaf));
  }
  if (width == kTileWidth) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> stored, leaves_.ReadTile(number));
    if (stored != hashes) {
      return NotVerifiedError(absl::StrCat("events ", first.value(), " to ",
                                           first.value() + width - 1,
                                           " are not what was recorded: their tile differs"));
    }
  }
  DAYBOOK_RETURN_IF_ERROR(folder_.PutBundle(BundlePath(number, width), bundle));
  DAYBOOK_RETURN_IF_ERROR(folder_.PutTile({.level = 0, .number = number, .width = width}, hashes));
  return hashes;
}

absl::Status TileExport::AddUpwards(const Hash& subtree) {
  Hash hash = subtree;
  for (size_t i = 0;; ++i) {
    if (i == rows_.size()) rows_.emplace_back();
    Row& row = rows_[i];
    row.hashes.push_back(hash);
    if (row.hashes.size() < kTileWidth) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(folder_.PutTile(
        {.level = static_cast<uint32_t>(i) + kFirstRow, .number = row.tiles}, row.hashes));
    hash = ledger::RootOf(row.hashes);
    row.hashes.clear();
    ++row.tiles;
  }
}

absl::Status TileExport::PutPartial(uint32_t level, uint64_t number,
                                    const std::vector<Hash>& hashes) {
  if (hashes.empty()) return absl::OkStatus();
  return folder_.PutTile({.level = level, .number = number, .width = hashes.size()}, hashes);
}

}  // namespace daybook::cli
