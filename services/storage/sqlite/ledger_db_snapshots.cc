#include <algorithm>
#include <optional>

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/ledger_db.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Statement;

constexpr char kSaveSnapshot[] =
    "INSERT INTO snapshots (name, size, last_leaf, content) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (name) DO UPDATE SET size = ?2, last_leaf = ?3, content = ?4";
constexpr char kLoadSnapshot[] = "SELECT size, last_leaf, content FROM snapshots WHERE name = ?1";

}  // namespace

absl::Status LedgerDb::SaveSnapshot(const std::string& name, const Snapshot& snapshot) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement save, connection_.PrepareKnown(kSaveSnapshot));
  save.BindText(1, name);
  save.BindInteger(2, static_cast<int64_t>(snapshot.size.value()));
  save.BindBlob(3, ledger::AsBytes(snapshot.last_leaf));
  save.BindBlob(4, snapshot.content);
  return save.Run();
}

absl::StatusOr<std::optional<Snapshot>> LedgerDb::LoadSnapshot(const std::string& name) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement load, connection_.PrepareKnown(kLoadSnapshot));
  load.BindText(1, name);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, load.Step());
  if (!has_row) return std::nullopt;
  Snapshot snapshot{.size = LogSize(static_cast<uint64_t>(load.Integer(0)))};
  const absl::string_view leaf = load.Bytes(1);
  if (leaf.size() != snapshot.last_leaf.size()) return std::nullopt;
  std::copy(leaf.begin(), leaf.end(), snapshot.last_leaf.begin());
  snapshot.content = std::string(load.Bytes(2));
  return snapshot;
}

}  // namespace daybook::storage::sqlite
