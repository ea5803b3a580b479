#include "storage/sqlite/segment_writer.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "core/status_macros.h"
#include "storage/sqlite/event_rows.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

constexpr char kInsertTile[] = "INSERT INTO tiles (level, number, hashes) VALUES (?1, ?2, ?3)";

constexpr absl::Duration kOthersPatience = absl::Milliseconds(200);
constexpr absl::Duration kBetweenAttempts = absl::Milliseconds(1);

}  // namespace

absl::StatusOr<SegmentWriter> SegmentWriter::Open(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path, OpenMode::kReadWrite));
  DAYBOOK_RETURN_IF_ERROR(connection.AllowOnlyAppends());
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.PrepareKnown(InsertSql()));
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert_tile, connection.PrepareKnown(kInsertTile));
  return SegmentWriter(std::move(connection), std::move(insert), std::move(insert_tile));
}

SegmentWriter::SegmentWriter(Connection connection, Statement insert, Statement insert_tile)
    : connection_(std::move(connection)),
      insert_(std::move(insert)),
      insert_tile_(std::move(insert_tile)) {}

absl::Status SegmentWriter::Append(Seq first_seq, Micros created_at,
                                   std::span<const NewEvent* const> events,
                                   std::span<const ledger::Tile> tiles) {
  return connection_.InTransaction([&]() -> absl::Status {
    uint64_t seq = first_seq.value();
    for (const NewEvent* event : events) {
      BindRow(*event, Seq(seq++), created_at, insert_);
      DAYBOOK_RETURN_IF_ERROR(insert_.Run());
    }
    for (const ledger::Tile& tile : tiles) DAYBOOK_RETURN_IF_ERROR(Insert(tile));
    return absl::OkStatus();
  });
}

absl::Status SegmentWriter::LeaveJournals() {
  insert_.Reset();
  insert_tile_.Reset();
  const absl::Time deadline = absl::Now() + kOthersPatience;
  absl::Status left = connection_.LeaveWal();
  while (absl::IsUnavailable(left) && absl::Now() < deadline) {
    absl::SleepFor(kBetweenAttempts);
    left = connection_.LeaveWal();
  }
  return left;
}

absl::Status SegmentWriter::Insert(const ledger::Tile& tile) {
  insert_tile_.BindInteger(1, tile.level);
  insert_tile_.BindInteger(2, static_cast<int64_t>(tile.number));
  insert_tile_.BindBlob(3, {reinterpret_cast<const char*>(tile.hashes.data()),
                            tile.hashes.size() * sizeof(ledger::Hash)});
  return insert_tile_.Run();
}

}  // namespace daybook::storage::sqlite
