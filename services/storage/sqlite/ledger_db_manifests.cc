#include <optional>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/ledger_db.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Statement;

// None where another span is the next.
constexpr char kAddManifest[] =
    "INSERT INTO manifests (span, seq, counts)"
    " SELECT ?1, ?2, ?3 WHERE ?1 = (SELECT count(*) FROM manifests) RETURNING span";
constexpr char kCountManifests[] = "SELECT count(*) FROM manifests";
constexpr char kGetManifest[] = "SELECT span, seq, counts FROM manifests WHERE span = ?1";

absl::Status InsertManifest(db::sqlite::Connection& connection, const StoredManifest& manifest) {
  return connection.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.PrepareKnown(kAddManifest));
    insert.BindInteger(1, static_cast<int64_t>(manifest.span));
    insert.BindInteger(2, static_cast<int64_t>(manifest.seq.value()));
    insert.BindText(3, manifest.counts);
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_added, insert.Step());
    if (!is_added) {
      return absl::AlreadyExistsError(absl::StrCat("span ", manifest.span, " is not the next"));
    }
    return insert.Step().status();
  });
}

}  // namespace

absl::Status LedgerDb::AddManifest(const StoredManifest& manifest) {
  const MutexLock lock(mutex_);
  return InsertManifest(connection_, manifest);
}

absl::StatusOr<uint64_t> LedgerDb::CountManifests() {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kCountManifests));
  DAYBOOK_RETURN_IF_ERROR(select.Step().status());
  return static_cast<uint64_t>(select.Integer(0));
}

absl::StatusOr<std::optional<StoredManifest>> LedgerDb::GetManifest(uint64_t span) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kGetManifest));
  select.BindInteger(1, static_cast<int64_t>(span));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return StoredManifest{.span = static_cast<uint64_t>(select.Integer(0)),
                        .seq = Seq(static_cast<uint64_t>(select.Integer(1))),
                        .counts = select.Text(2)};
}

}  // namespace daybook::storage::sqlite
