#include "migrator/sqlite/write_proof.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/own_tables.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

absl::StatusOr<std::map<std::string, int64_t>> RootPages(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select,
                           database.Prepare(absl::StrCat(
                               "SELECT type || ' ' || name, rootpage FROM sqlite_schema WHERE ",
                               IsOfApplication("tbl_name"))));
  std::map<std::string, int64_t> roots;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return roots;
    roots[select.Text(0)] = select.Integer(1);
  }
}

}  // namespace

absl::StatusOr<WriteProof> WriteProof::Begin(Connection& database) {
  WriteProof proof(database);
  DAYBOOK_ASSIGN_OR_RETURN(proof.root_pages_, RootPages(database));
  DAYBOOK_RETURN_IF_ERROR(database.AllowWritesOnlyTo(
      {"sqlite_master", "sqlite_schema", "mig_meta", "mig_history", "mig_step", "mig_event"}));
  return proof;
}

absl::Status WriteProof::End() {
  DAYBOOK_RETURN_IF_ERROR(database_.AllowWritesOnlyTo({}));
  DAYBOOK_ASSIGN_OR_RETURN(const auto now, RootPages(database_));
  if (now == root_pages_) return absl::OkStatus();
  return migration::Failure(migration::ExitCode::kVerification,
                            "tables or indexes were moved by a change of text alone",
                            "nothing was changed; report it, this is a bug");
}

}  // namespace daybook::migrator::sqlite
