#include "storage/sqlite/node_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::Node;
using ::daybook::ledger::TilePart;

static_assert(kSubtreeHeight == ledger::kStoredTileLevels * ledger::kTileHeight,
              "the lowest subtrees that no stored tile holds are the upper tree's lowest");

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
  if (node.height < kSubtreeHeight) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> part, ReadPart(ledger::PartFor(node)));
    return ledger::RootOf(part);
  }
  return from_.upper.Get(node, [this](uint64_t number) -> absl::StatusOr<Hash> {
    DAYBOOK_RETURN_IF_ERROR(ReadTile(ledger::kStoredTileLevels - 1, number));
    return ledger::RootOf(tile_.hashes);
  });
}

absl::StatusOr<std::vector<Hash>> NodeReader::ReadPart(const TilePart& part) {
  const auto cut = [&part](const std::vector<Hash>& hashes) {
    const std::span<const Hash> cut_out = std::span(hashes).subspan(part.first, part.count);
    return std::vector<Hash>(cut_out.begin(), cut_out.end());
  };
  if (!from_.edge.size().Contains(ledger::LastLeafOf(part.level, part.number))) {
    return cut(from_.edge.hashes(part.level));
  }
  DAYBOOK_RETURN_IF_ERROR(ReadTile(part.level, part.number));
  return cut(tile_.hashes);
}

absl::Status NodeReader::ReadTile(uint32_t level, uint64_t number) {
  const bool has_it = tile_.level == level && tile_.number == number && !tile_.hashes.empty();
  if (has_it) return absl::OkStatus();
  const uint64_t segment = ledger::LastLeafOf(level, number).value() / from_.segment_events;
  if (segment < from_.dropped) {
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<Hash> kept, ReadKept(level, number));
    tile_ = {.level = level, .number = number, .hashes = std::move(kept)};
    return absl::OkStatus();
  }
  return from_.readers.With(segment, [&](SegmentReader& reader) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<Hash> hashes, reader.ReadTile(level, number));
    tile_ = {.level = level, .number = number, .hashes = std::move(hashes)};
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<Hash>> NodeReader::ReadKept(uint32_t level, uint64_t number) const {
  std::optional<std::vector<Hash>> kept;
  if (from_.retention != nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(kept, from_.retention->KeptTile(level, number));
  }
  if (kept) return *std::move(kept);
  return ErrorWithReason(
      absl::StatusCode::kNotFound, Reason::kPruned,
      absl::StrCat("the hashes up to event ", ledger::LastLeafOf(level, number).value(),
                   " are dropped; checkpoints that were kept have theirs"));
}

}  // namespace daybook::storage::sqlite
