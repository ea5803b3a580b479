#include "storage/sqlite/ledger_db.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::ledger::Hash;

constexpr char kInsertCheckpoint[] =
    "INSERT INTO checkpoints (size, signed_at, note) VALUES (?1, ?2, ?3)";
constexpr char kInsertSubtree[] = "INSERT INTO subtrees (number, hash) VALUES (?1, ?2)";
constexpr char kPutEdge[] = "INSERT OR REPLACE INTO edge (only, size, leaves) VALUES (1, ?1, ?2)";
constexpr char kNewestCheckpoint[] =
    "SELECT size, signed_at, note FROM checkpoints ORDER BY size DESC LIMIT 1";
constexpr char kCheckpointOfSize[] =
    "SELECT size, signed_at, note FROM checkpoints WHERE size = ?1";
constexpr char kSizesInOrder[] = "SELECT size FROM checkpoints ORDER BY size";
constexpr char kSubtreesInOrder[] = "SELECT number, hash FROM subtrees ORDER BY number";

constexpr char kDropOld[] =
    "DELETE FROM checkpoints WHERE signed_at < ?1 AND size NOT IN"
    " (SELECT max(size) FROM checkpoints WHERE signed_at < ?1 GROUP BY signed_at / ?2)"
    // The last one of each retired key leads those who know only that to the next.
    " AND size NOT IN (SELECT max(size) FROM checkpoints JOIN signing_keys"
    " ON size <= retired_seq GROUP BY verifier)"
    " AND size NOT IN (SELECT size FROM cosignatures)";
constexpr Micros kDay = Micros{24} * 3600 * 1'000'000;
// It looks at all of them, so not each time.
constexpr Micros kThinEach = Micros{3600} * 1'000'000;

// What stands for dropped events stays: nothing else is left of them.
constexpr char kForgetSubtrees[] = "DELETE FROM subtrees WHERE number >= ?1";
constexpr char kForgetManifests[] = "DELETE FROM manifests WHERE span >= ?1";
constexpr std::array<const char*, 4> kForget = {"DELETE FROM cosignatures",
                                                "DELETE FROM checkpoints", "DELETE FROM edge",
                                                "DELETE FROM signing_keys"};
constexpr char kRename[] = "UPDATE store_settings SET value = ?1 WHERE name = 'origin'";

// The tables that it writes.
std::vector<std::string> Own() {
  return {"checkpoints",  "cosignatures", "subtrees",   "edge",        "erasures", "manifests",
          "signing_keys", "log_begin",    "kept_tiles", "kept_leaves", "snapshots"};
}

std::string BytesOf(const std::vector<Hash>& hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(Hash));
  for (const Hash& hash : hashes) bytes.append(hash.begin(), hash.end());
  return bytes;
}

absl::StatusOr<Hash> HashIn(const Statement& select, int column, uint64_t number) {
  const absl::string_view bytes = select.Bytes(column);
  Hash hash;
  if (bytes.size() != hash.size()) {
    return DamagedStoreError(absl::StrCat("ledger.db: subtree ", number, " is not 32 bytes"));
  }
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  return hash;
}

absl::Status InsertCheckpoint(Connection& connection, const StoredCheckpoint& checkpoint) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.PrepareKnown(kInsertCheckpoint));
  insert.BindInteger(1, static_cast<int64_t>(checkpoint.size.value()));
  insert.BindInteger(2, checkpoint.signed_at);
  insert.BindText(3, checkpoint.note);
  return insert.Run();
}

absl::Status InsertSubtrees(Connection& connection, const TreeGrowth& growth) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.PrepareKnown(kInsertSubtree));
  uint64_t number = growth.first_subtree;
  for (const Hash& hash : growth.subtrees) {
    insert.BindInteger(1, static_cast<int64_t>(number++));
    insert.BindBlob(2, ledger::AsBytes(hash));
    DAYBOOK_RETURN_IF_ERROR(insert.Run());
  }
  return absl::OkStatus();
}

absl::Status PutEdge(Connection& connection, LogSize size, const std::vector<Hash>& edge) {
  const std::string leaves = BytesOf(edge);
  DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection.PrepareKnown(kPutEdge));
  put.BindInteger(1, static_cast<int64_t>(size.value()));
  put.BindBlob(2, leaves);
  return put.Run();
}

// Of the checkpoints of older days the last one each.
absl::Status DropOld(Connection& connection, Micros now) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement drop, connection.PrepareKnown(kDropOld));
  drop.BindInteger(1, now - kAllCheckpointsKept);
  drop.BindInteger(2, kDay);
  return drop.Run();
}

absl::Status AddTo(Connection& connection, const StoredCheckpoint& checkpoint,
                   const TreeGrowth& growth, bool thins) {
  return connection.InTransaction([&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(InsertCheckpoint(connection, checkpoint));
    DAYBOOK_RETURN_IF_ERROR(InsertSubtrees(connection, growth));
    DAYBOOK_RETURN_IF_ERROR(PutEdge(connection, checkpoint.size, growth.edge));
    return thins ? DropOld(connection, checkpoint.signed_at) : absl::OkStatus();
  });
}

absl::Status ForgetFrom(Connection& connection, const char* sql, uint64_t number) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement forget, connection.PrepareKnown(sql));
  forget.BindInteger(1, static_cast<int64_t>(number));
  return forget.Run();
}

absl::Status ForgetAndRename(Connection& connection, const std::string& origin, Seq begin,
                             uint64_t span_events) {
  return connection.InTransaction([&]() -> absl::Status {
    for (const char* const sql : kForget) DAYBOOK_RETURN_IF_ERROR(connection.Execute(sql));
    DAYBOOK_RETURN_IF_ERROR(
        ForgetFrom(connection, kForgetSubtrees, begin.value() >> kSubtreeHeight));
    DAYBOOK_RETURN_IF_ERROR(ForgetFrom(connection, kForgetManifests, begin.value() / span_events));
    DAYBOOK_ASSIGN_OR_RETURN(Statement rename, connection.PrepareKnown(kRename));
    rename.BindText(1, origin);
    return rename.Run();
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<LedgerDb>> LedgerDb::Open(const db::sqlite::StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection,
                           Connection::Open(layout.LedgerDb(), OpenMode::kReadWrite));
  DAYBOOK_RETURN_IF_ERROR(connection.AllowWritesOnlyTo(Own()));
  return std::unique_ptr<LedgerDb>(new LedgerDb(std::move(connection)));
}

absl::StatusOr<std::optional<StoredCheckpoint>> LedgerDb::ReadNewest(
    const db::sqlite::StoreLayout& layout) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection,
                           Connection::Open(layout.LedgerDb(), OpenMode::kReadOnly));
  return LedgerDb(std::move(connection)).Newest();
}

absl::Status LedgerDb::Add(const StoredCheckpoint& checkpoint, const TreeGrowth& growth) {
  const MutexLock lock(mutex_);
  const bool thins = checkpoint.signed_at - thinned_at_ >= kThinEach;
  DAYBOOK_RETURN_IF_ERROR(AddTo(connection_, checkpoint, growth, thins));
  if (thins) thinned_at_ = checkpoint.signed_at;
  return absl::OkStatus();
}

absl::Status LedgerDb::StartAnew(const std::string& origin, uint64_t span_events) {
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, Begin());
  const MutexLock lock(mutex_);
  DAYBOOK_RETURN_IF_ERROR(
      connection_.AllowWritesOnlyTo({"store_settings", "checkpoints", "cosignatures", "subtrees",
                                     "edge", "manifests", "signing_keys"}));
  DAYBOOK_RETURN_IF_ERROR(ForgetAndRename(connection_, origin, begin, span_events));
  return connection_.AllowWritesOnlyTo(Own());
}

absl::StatusOr<std::optional<StoredCheckpoint>> LedgerDb::Find(const std::string& sql,
                                                               std::optional<LogSize> size) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(sql));
  if (size) select.BindInteger(1, static_cast<int64_t>(size->value()));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return StoredCheckpoint{.size = LogSize(static_cast<uint64_t>(select.Integer(0))),
                          .signed_at = select.Integer(1),
                          .note = select.Text(2)};
}

absl::StatusOr<std::optional<StoredCheckpoint>> LedgerDb::Newest() {
  return Find(kNewestCheckpoint, std::nullopt);
}

absl::StatusOr<std::optional<StoredCheckpoint>> LedgerDb::OfSize(LogSize size) {
  return Find(kCheckpointOfSize, size);
}

absl::StatusOr<std::vector<LogSize>> LedgerDb::Sizes() {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kSizesInOrder));
  std::vector<LogSize> sizes;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return sizes;
    sizes.emplace_back(static_cast<uint64_t>(select.Integer(0)));
  }
}

absl::StatusOr<std::vector<Hash>> LedgerDb::Subtrees() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoredCheckpoint> newest, Newest());
  DAYBOOK_ASSIGN_OR_RETURN(const Seq begin, Begin());
  const uint64_t covered = std::max(newest ? newest->size.value() : 0, begin.value());
  const uint64_t count = covered >> kSubtreeHeight;
  std::vector<Hash> hashes;
  hashes.reserve(count);
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kSubtreesInOrder));
  while (hashes.size() < count) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row || static_cast<uint64_t>(select.Integer(0)) != hashes.size()) {
      return DamagedStoreError(absl::StrCat("ledger.db: subtree ", hashes.size(), " is missing"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const Hash hash, HashIn(select, 1, hashes.size()));
    hashes.push_back(hash);
  }
  return hashes;
}

}  // namespace daybook::storage::sqlite
