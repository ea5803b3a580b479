#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/ledger_db.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::ledger::Hash;

constexpr char kGetBegin[] = "SELECT seq FROM log_begin";
constexpr char kPutBegin[] = "INSERT OR REPLACE INTO log_begin (only, seq) VALUES (1, ?1)";
constexpr char kPutTile[] =
    "INSERT OR IGNORE INTO kept_tiles (level, number, hashes) VALUES (?1, ?2, ?3)";
constexpr char kGetTile[] = "SELECT hashes FROM kept_tiles WHERE level = ?1 AND number = ?2";
constexpr char kPutLeaf[] = "INSERT OR IGNORE INTO kept_leaves (seq, leaf) VALUES (?1, ?2)";
constexpr char kGetLeaf[] = "SELECT leaf FROM kept_leaves WHERE seq = ?1";

absl::Status PutTiles(Connection& connection, const Remains& remains) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection.PrepareKnown(kPutTile));
  for (const ledger::Tile& tile : remains.tiles) {
    std::string bytes;
    bytes.reserve(tile.hashes.size() * sizeof(Hash));
    for (const Hash& hash : tile.hashes) bytes.append(hash.begin(), hash.end());
    put.BindInteger(1, tile.level);
    put.BindInteger(2, static_cast<int64_t>(tile.number));
    put.BindBlob(3, bytes);
    DAYBOOK_RETURN_IF_ERROR(put.Run());
  }
  return absl::OkStatus();
}

absl::Status PutLeaves(Connection& connection, const Remains& remains) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection.PrepareKnown(kPutLeaf));
  for (const Remains::Leaf& leaf : remains.leaves) {
    put.BindInteger(1, static_cast<int64_t>(leaf.seq.value()));
    put.BindBlob(2, leaf.bytes);
    DAYBOOK_RETURN_IF_ERROR(put.Run());
  }
  return absl::OkStatus();
}

absl::Status PutBegin(Connection& connection, Seq begin, const Remains& remains) {
  return connection.InTransaction([&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(PutTiles(connection, remains));
    DAYBOOK_RETURN_IF_ERROR(PutLeaves(connection, remains));
    DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection.PrepareKnown(kPutBegin));
    put.BindInteger(1, static_cast<int64_t>(begin.value()));
    return put.Run();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerDb>> LedgerDb::OpenReadOnly(
    const db::sqlite::StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection,
                           Connection::Open(layout.LedgerDb(), db::sqlite::OpenMode::kReadOnly));
  return std::unique_ptr<LedgerDb>(new LedgerDb(std::move(connection)));
}

absl::StatusOr<Seq> LedgerDb::Begin() {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kGetBegin));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  return Seq(has_row ? static_cast<uint64_t>(select.Integer(0)) : 0);
}

absl::Status LedgerDb::MoveBegin(Seq begin, const Remains& remains) {
  const MutexLock lock(mutex_);
  return PutBegin(connection_, begin, remains);
}

absl::StatusOr<std::optional<std::vector<Hash>>> LedgerDb::KeptTile(uint32_t level,
                                                                    uint64_t number) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kGetTile));
  select.BindInteger(1, level);
  select.BindInteger(2, static_cast<int64_t>(number));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  const absl::string_view bytes = select.Bytes(0);
  if (bytes.size() != ledger::kTileWidth * sizeof(Hash)) {
    return DamagedStoreError(absl::StrCat("ledger.db: tile ", level, "/", number, " is none"));
  }
  std::vector<Hash> hashes(ledger::kTileWidth);
  for (size_t i = 0; i < hashes.size(); ++i) {
    std::copy_n(bytes.begin() + i * sizeof(Hash), sizeof(Hash), hashes[i].begin());
  }
  return hashes;
}

absl::StatusOr<std::optional<std::string>> LedgerDb::KeptLeaf(Seq seq) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kGetLeaf));
  select.BindInteger(1, static_cast<int64_t>(seq.value()));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return std::string(select.Bytes(0));
}

}  // namespace daybook::storage::sqlite
