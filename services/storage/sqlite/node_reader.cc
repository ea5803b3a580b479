#include "storage/sqlite/node_reader.h"

#include <algorithm>

#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::Node;
using ::daybook::ledger::TilePart;

// The highest subtree that one stored tile holds.
constexpr uint32_t kHighest = ledger::kStoredTileLevels * ledger::kTileHeight;

}  // namespace

absl::StatusOr<std::vector<Hash>> NodeReader::Read(std::span<const Node> nodes) {
  std::vector<Hash> hashes;
  hashes.reserve(nodes.size());
  for (const Node& node : nodes) {
    DAYBOOK_ASSIGN_OR_RETURN(const Hash hash, Read(node));
    hashes.push_back(hash);
  }
  return hashes;
}

absl::StatusOr<Hash> NodeReader::Read(const Node& node) {
  if (node.height < kHighest) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> part, ReadPart(ledger::PartFor(node)));
    return ledger::RootOf(part);
  }
  // Higher ones are made of whole tiles of the highest level.
  const uint64_t tiles = uint64_t{1} << (node.height - kHighest);
  std::vector<Hash> roots;
  for (uint64_t tile = node.index * tiles; tile < (node.index + 1) * tiles; ++tile) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> hashes,
                             ReadTile(ledger::kStoredTileLevels - 1, tile));
    roots.push_back(ledger::RootOf(hashes));
  }
  return ledger::RootOf(roots);
}

absl::StatusOr<std::vector<Hash>> NodeReader::ReadPart(const TilePart& part) {
  const auto cut = [&part](const std::vector<Hash>& hashes) {
    const std::span<const Hash> cut_out = std::span(hashes).subspan(part.first, part.count);
    return std::vector<Hash>(cut_out.begin(), cut_out.end());
  };
  if (!edge_.size().Contains(ledger::LastLeafOf(part.level, part.number))) {
    return cut(edge_.hashes(part.level));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> tile, ReadTile(part.level, part.number));
  return cut(tile);
}

absl::StatusOr<std::vector<Hash>> NodeReader::ReadTile(uint32_t level, uint64_t number) {
  std::vector<Hash> tile;
  const uint64_t segment = ledger::LastLeafOf(level, number).value() / segment_events_;
  DAYBOOK_RETURN_IF_ERROR(readers_.With(segment, [&](SegmentReader& reader) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(tile, reader.ReadTile(level, number));
    return absl::OkStatus();
  }));
  return tile;
}

}  // namespace daybook::storage::sqlite
