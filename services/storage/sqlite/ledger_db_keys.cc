#include <utility>

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/ledger_db.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

// NULL, of the first key, comes first.
constexpr char kKeysInOrder[] =
    "SELECT verifier, added_seq, retired_seq FROM signing_keys ORDER BY added_seq";
constexpr char kPutKey[] =
    "INSERT OR REPLACE INTO signing_keys (verifier, added_seq, retired_seq) VALUES (?1, ?2, ?3)";
constexpr char kForgetKeys[] = "DELETE FROM signing_keys";

std::optional<Seq> SeqIn(const Statement& select, int column) {
  if (select.IsNull(column)) return std::nullopt;
  return Seq(static_cast<uint64_t>(select.Integer(column)));
}

// What is not bound is NULL.
void BindSeq(Statement& put, int place, const std::optional<Seq>& seq) {
  if (seq) put.BindInteger(place, static_cast<int64_t>(seq->value()));
}

absl::Status Put(Connection& connection, const LogKey& key) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement put, connection.PrepareKnown(kPutKey));
  put.BindText(1, key.verifier);
  BindSeq(put, 2, key.added);
  BindSeq(put, 3, key.retired);
  return put.Run();
}

absl::Status PutOne(Connection& connection, const LogKey& key) {
  return connection.InTransaction([&] { return Put(connection, key); });
}

absl::Status PutOnly(Connection& connection, const LogKey& key) {
  return connection.InTransaction([&]() -> absl::Status {
    DAYBOOK_RETURN_IF_ERROR(connection.Execute(kForgetKeys));
    return Put(connection, key);
  });
}

}  // namespace

absl::StatusOr<std::vector<LogKey>> LedgerDb::Keys() {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kKeysInOrder));
  std::vector<LogKey> keys;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return keys;
    keys.push_back(
        {.verifier = select.Text(0), .added = SeqIn(select, 1), .retired = SeqIn(select, 2)});
  }
}

absl::Status LedgerDb::PutKey(const LogKey& key) {
  const MutexLock lock(mutex_);
  return PutOne(connection_, key);
}

absl::Status LedgerDb::PutFirstKey(const std::string& verifier) {
  const MutexLock lock(mutex_);
  return PutOnly(connection_, {.verifier = verifier});
}

}  // namespace daybook::storage::sqlite
