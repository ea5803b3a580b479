#include "migrator/store/migrations.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/schema/v1/schema_version.pb.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"
#include "migrator/store/keep_ledger.h"
#include "migrator/store/schema.h"

namespace daybook::migrator::store {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::StoreLayout;

constexpr char kSelectHistory[] =
    "SELECT version, name, checksum, suits_from, applied_at, applied_by FROM mig_history"
    " ORDER BY version";

absl::StatusOr<std::vector<Applied>> ReadHistory(const StoreLayout& layout) {
  std::vector<Applied> history;
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(layout.LedgerDb()));
  if (!exists) return history;
  DAYBOOK_ASSIGN_OR_RETURN(Connection ledger,
                           Connection::Open(layout.LedgerDb(), OpenMode::kReadOnly));
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kSelectHistory));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return history;
    history.push_back({.version = static_cast<int>(select.Integer(0)),
                       .name = select.Text(1),
                       .checksum = select.Text(2),
                       .suits_from = static_cast<int>(select.Integer(3)),
                       .applied_at = FormatTime(select.Integer(4)),
                       .applied_by = select.Text(5)});
  }
}

}  // namespace

absl::StatusOr<State> ReadState(const StoreLayout& layout) {
  State state;
  DAYBOOK_ASSIGN_OR_RETURN(state.applied, ReadHistory(layout));
  const int newest = state.applied.empty() ? 0 : state.applied.back().version;
  for (schema::StoreMigration& migration : schema::StoreMigrations()) {
    if (migration.version > newest) state.pending.push_back(std::move(migration));
  }
  return state;
}

absl::Status CheckHistory(const State& state) {
  for (const Applied& applied : state.applied) {
    // Of later versions only their own builds know the checksum.
    if (applied.version > schema::NewestVersion()) continue;
    if (applied.checksum != Checksum(applied.version)) {
      return absl::FailedPreconditionError(
          absl::StrCat("migration ", applied.version, " (", applied.name, ") was applied by ",
                       applied.applied_by, " with another content than this build's"));
    }
  }
  return absl::OkStatus();
}

absl::Status RunMigration(const StoreLayout& layout, const schema::StoreMigration& migration,
                          const CreateOptions& options) {
  switch (migration.version) {
    case schema::v1::SCHEMA_VERSION_CREATE_STORE:
      return CreateStore(layout, migration, options);
    case schema::v1::SCHEMA_VERSION_KEEP_LEDGER:
      return KeepLedger(layout, migration);
    default:
      return absl::InternalError(absl::StrCat("no migration ", migration.version));
  }
}

absl::Status RunAllMigrations(const StoreLayout& layout, const CreateOptions& options) {
  for (const schema::StoreMigration& migration : schema::StoreMigrations()) {
    DAYBOOK_RETURN_IF_ERROR(RunMigration(layout, migration, options));
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::store
