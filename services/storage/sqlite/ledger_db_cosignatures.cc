#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/ledger_db.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Statement;

constexpr char kHasCheckpoint[] = "SELECT 1 FROM checkpoints WHERE size = ?1";
// An older one that comes later, as when it is sent again, changes nothing.
constexpr char kPutCosignature[] =
    "INSERT INTO cosignatures (size, witness, cosigned_at, line) VALUES (?1, ?2, ?3, ?4)"
    " ON CONFLICT (size, witness) DO UPDATE SET cosigned_at = excluded.cosigned_at,"
    " line = excluded.line WHERE excluded.cosigned_at > cosignatures.cosigned_at";
constexpr char kCosignaturesOf[] =
    "SELECT witness, cosigned_at, line FROM cosignatures WHERE size = ?1 ORDER BY witness";
constexpr char kNewestCosigned[] =
    "SELECT size FROM cosignatures WHERE witness = ?1 ORDER BY size DESC LIMIT 1";

absl::Status CheckIsKept(db::sqlite::Connection& connection, LogSize size) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection.PrepareKnown(kHasCheckpoint));
  select.BindInteger(1, static_cast<int64_t>(size.value()));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (has_row) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no checkpoint of ", size.value(), " events is kept"));
}

absl::Status Put(db::sqlite::Connection& connection, LogSize size,
                 const StoredCosignature& cosignature) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection.PrepareKnown(kPutCosignature));
  put.BindInteger(1, static_cast<int64_t>(size.value()));
  put.BindText(2, cosignature.witness);
  put.BindInteger(3, static_cast<int64_t>(cosignature.cosigned_at));
  put.BindText(4, cosignature.line);
  return put.Run();
}

absl::Status PutAll(db::sqlite::Connection& connection, LogSize size,
                    std::span<const StoredCosignature> cosignatures) {
  return connection.InTransaction([&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(CheckIsKept(connection, size));
    for (const StoredCosignature& cosignature : cosignatures) {
      DAYBOOK_RETURN_IF_ERROR(Put(connection, size, cosignature));
    }
    return absl::OkStatus();
  });
}

}  // namespace

absl::Status LedgerDb::AddCosignatures(LogSize size,
                                       std::span<const StoredCosignature> cosignatures) {
  const MutexLock lock(mutex_);
  return PutAll(connection_, size, cosignatures);
}

absl::StatusOr<std::vector<StoredCosignature>> LedgerDb::CosignaturesOf(LogSize size) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kCosignaturesOf));
  select.BindInteger(1, static_cast<int64_t>(size.value()));
  std::vector<StoredCosignature> cosignatures;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return cosignatures;
    cosignatures.push_back({.witness = select.Text(0),
                            .cosigned_at = static_cast<uint64_t>(select.Integer(1)),
                            .line = select.Text(2)});
  }
}

absl::StatusOr<std::optional<LogSize>> LedgerDb::NewestCosignedBy(const std::string& witness) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kNewestCosigned));
  select.BindText(1, witness);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return LogSize(static_cast<uint64_t>(select.Integer(0)));
}

}  // namespace daybook::storage::sqlite
