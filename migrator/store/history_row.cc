#include "migrator/store/history_row.h"

#include <string>

#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/store/schema.h"

namespace daybook::migrator::store {
namespace {

constexpr char kInsertHistory[] =
    "INSERT INTO mig_history (version, name, checksum, suits_from, applied_at, duration_us,"
    " applied_by) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";

}  // namespace

absl::Status WriteHistoryRow(db::sqlite::Connection& ledger,
                             const schema::StoreMigration& migration,
                             std::chrono::steady_clock::time_point begin) {
  const std::string checksum = Checksum(migration.version);
  const std::string applied_by = DAYBOOK_VERSION;
  const auto took = std::chrono::steady_clock::now() - begin;
  DAYBOOK_ASSIGN_OR_RETURN(db::sqlite::Statement insert, ledger.Prepare(kInsertHistory));
  insert.BindInteger(1, migration.version);
  insert.BindText(2, migration.name);
  insert.BindText(3, checksum);
  insert.BindInteger(4, migration.suits_from);
  insert.BindInteger(5, FloorToMicros(absl::Now()));
  insert.BindInteger(6, std::chrono::duration_cast<std::chrono::microseconds>(took).count());
  insert.BindText(7, applied_by);
  return insert.Run();
}

}  // namespace daybook::migrator::store
