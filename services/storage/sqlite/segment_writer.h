#pragma once

#include <span>
#include <string>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "ledger/tile_edge.h"
#include "storage/new_event.h"

namespace daybook::storage::sqlite {

// Appends to one segment file. Its connection may insert and nothing else.
//
// Thread-compatible.
class SegmentWriter {
 public:
  static absl::StatusOr<SegmentWriter> Open(const std::string& path);

  SegmentWriter(SegmentWriter&&) = default;
  // Assigning would close the connection under its statement.
  SegmentWriter& operator=(SegmentWriter&&) = delete;

  // Inserts `events` from `first_seq` on, and the tiles that they complete, in one
  // transaction. On OK they are on disk; on an error none is in the segment,
  // unless the commit itself failed: then only opening it again tells.
  absl::Status Append(Seq first_seq, Micros created_at, std::span<const NewEvent* const> events,
                      std::span<const ledger::Tile> tiles);

  // Moves the rows out of the WAL, and syncs them.
  absl::Status Checkpoint() { return connection_.CheckpointAndTruncate(); }

  // For a full segment: leaves one plain file, without journals. UNAVAILABLE where
  // someone else has it open and does not close it for a moment: those that verify a
  // store let go of a segment every few milliseconds. The writer's last act.
  absl::Status LeaveJournals();

 private:
  SegmentWriter(db::sqlite::Connection connection, db::sqlite::Statement insert,
                db::sqlite::Statement insert_tile);
  absl::Status Insert(const ledger::Tile& tile);

  db::sqlite::Connection connection_;
  db::sqlite::Statement insert_;
  db::sqlite::Statement insert_tile_;
};

}  // namespace daybook::storage::sqlite
