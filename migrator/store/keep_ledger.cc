#include "migrator/store/keep_ledger.h"

#include <chrono>
#include <string>

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/store/history_row.h"
#include "migrator/store/schema.h"

namespace daybook::migrator::store {

absl::Status KeepLedger(const db::sqlite::StoreLayout& layout,
                        const schema::StoreMigration& migration) {
  const auto begin = std::chrono::steady_clock::now();
  DAYBOOK_ASSIGN_OR_RETURN(
      db::sqlite::Connection ledger,
      db::sqlite::Connection::Open(layout.LedgerDb(), db::sqlite::OpenMode::kReadWrite));
  return ledger.InTransaction([&]() -> absl::Status {
    for (const std::string& statement : KeepLedgerDdl()) {
      DAYBOOK_RETURN_IF_ERROR(ledger.Execute(statement));
    }
    return WriteHistoryRow(ledger, migration, begin);
  });
}

}  // namespace daybook::migrator::store
