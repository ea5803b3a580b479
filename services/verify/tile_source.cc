#include "verify/tile_source.h"

#include <cstring>
#include <utility>

#include "core/status_macros.h"
#include "ledger/tile_edge.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;

constexpr char kTileHashes[] = "SELECT hashes FROM tiles WHERE level = ?1 AND number = ?2";

}  // namespace

absl::StatusOr<TileReader> TileReader::Of(Connection& segment) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, segment.PrepareKnown(kTileHashes));
  return TileReader(std::move(select));
}

absl::StatusOr<std::optional<TileHashes>> TileReader::Read(uint32_t level, uint64_t number) {
  select_.BindInteger(1, level);
  select_.BindInteger(2, static_cast<int64_t>(number));
  const auto has_row = select_.Step();
  std::optional<TileHashes> hashes;
  if (has_row.ok() && *has_row && select_.Type(0) == ValueType::kBlob) {
    const absl::string_view bytes = select_.Bytes(0);
    if (bytes.size() == ledger::kTileWidth * sizeof(ledger::Hash)) {
      hashes.emplace(ledger::kTileWidth);
      std::memcpy(hashes->data(), bytes.data(), bytes.size());
    }
  }
  select_.Reset();
  if (!has_row.ok()) return has_row.status();
  return hashes;
}

std::optional<TileHashes> ReadTileAnywhere(const db::sqlite::StoreLayout& layout,
                                           uint64_t segment_events, uint32_t level,
                                           uint64_t number) {
  const uint64_t segment = ledger::LastLeafOf(level, number).value() / segment_events;
  absl::StatusOr<Connection> connection = OpenToRead(layout.Segment(segment));
  if (!connection.ok()) return std::nullopt;
  absl::StatusOr<TileReader> reader = TileReader::Of(*connection);
  if (!reader.ok()) return std::nullopt;
  return reader->Read(level, number).value_or(std::nullopt);
}

}  // namespace daybook::verify
