#include "migrator/sqlite/execute.h"

#include <variant>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/archive.h"
#include "migrator/sqlite/mend.h"
#include "migrator/sqlite/own_tables.h"
#include "migrator/sqlite/quarantine.h"
#include "migrator/sqlite/reshape.h"
#include "migrator/sqlite/row_returner.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::sqltext::QuoteName;

// Runs one action. Each kind is told as it is done.
class Executor {
 public:
  Executor(Connection& database, const Plan& plan, const RunIdentity& run, Conservation& books,
           Observer& observer)
      : database_(database), plan_(plan), run_(run), books_(books), observer_(observer) {}

  absl::Status operator()(const Mend& mend) const;
  absl::Status operator()(const Fill& fill) const;
  absl::Status operator()(const PutBack& put_back) const;
  absl::Status operator()(const RunScript& script) const;
  absl::Status operator()(const Reshape& reshape) const;
  absl::Status operator()(const Create& create) const;
  absl::Status operator()(const Drop& drop) const;
  absl::Status operator()(const Archive& archive) const;
  absl::Status operator()(const Restore& restore) const;

 private:
  absl::Status Rebuild(Reshape reshape) const;

  Connection& database_;
  const Plan& plan_;
  const RunIdentity& run_;
  Conservation& books_;
  Observer& observer_;
};

absl::Status Executor::operator()(const Mend& mend) const {
  const bool is_edit = plan_.strategy == Plan::Strategy::kSchemaEdit;
  if (mend.is_unapproved || (is_edit && Decides(mend.policy))) {
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t violations, CountViolations(database_, mend));
    if (violations == 0) return absl::OkStatus();
    return absl::AbortedError("rows were written since the plan was made");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows, MendRows(database_, mend, run_, books_));
  if (rows == 0) return absl::OkStatus();
  observer_.Note(
      "mended",
      absl::StrCat(rows, rows == 1 ? " row of " : " rows of ", mend.table, " broke ",
                   mend.constraint, ": kept in mig_quarantine"),
      {{"table", mend.table}, {"constraint", mend.constraint}, {"rows", absl::StrCat(rows)}});
  return absl::OkStatus();
}

absl::Status Executor::operator()(const Fill& fill) const {
  return FillColumn(database_, fill, run_);
}

absl::Status Executor::operator()(const PutBack& put_back) const {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t conflicts,
                           PutRowsBack(database_, put_back.step, run_, books_));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t purged,
                           CountPurged(database_, run_.version, put_back.step));
  if (purged > 0) {
    observer_.Note("purged",
                   absl::StrCat(purged,
                                " rows that the migration took out or changed were purged from"
                                " mig_quarantine: they do not come back"),
                   {{"step", absl::StrCat(put_back.step)}, {"rows", absl::StrCat(purged)}});
  }
  if (conflicts == 0) return absl::OkStatus();
  observer_.Note("conflict",
                 absl::StrCat(conflicts, conflicts == 1 ? " row does" : " rows do",
                              " not fit any more: what stands in their place was changed since,"
                              " or a constraint refuses them; mig_quarantine has them with state"
                              " conflict, and daybook-migrate quarantine replay tells why"),
                 {{"step", absl::StrCat(put_back.step)}, {"rows", absl::StrCat(conflicts)}});
  return absl::OkStatus();
}

// With ALTER TABLE as its author knows it, which renames in all that names a
// table.
absl::Status Executor::operator()(const RunScript& script) const {
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("PRAGMA legacy_alter_table = OFF"));
  absl::Status done = database_.ExecuteConfined(script.sql, IsOwnTable);
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("PRAGMA legacy_alter_table = ON"));
  if (!absl::IsFailedPrecondition(done) && !absl::IsAlreadyExists(done)) return done;
  return absl::Status(done.code(), absl::StrCat("step ", script.step, ": ", done.message()));
}

absl::Status Executor::operator()(const Reshape& reshape) const {
  switch (reshape.method) {
    case Reshape::Method::kRebuild:
      observer_.Note("rebuild", absl::StrCat("writing table ", reshape.before.name(), " anew"),
                     {{"table", reshape.before.name()}});
      return Rebuild(reshape);
    case Reshape::Method::kEdit:
      return EditTableText(database_, reshape.after);
  }
  return absl::OkStatus();
}

// With what was archived of columns that come back.
absl::Status Executor::Rebuild(Reshape reshape) const {
  std::vector<KeptTable> restored;
  for (const auto& [column, step] : reshape.restored) {
    std::string& value = reshape.new_values[column];
    DAYBOOK_ASSIGN_OR_RETURN(
        const auto archived,
        FindArchivedColumn(database_,
                           {.step = step, .table = reshape.before.name(), .column = column}, value,
                           run_));
    if (!archived) continue;
    value = archived->value;
    restored.push_back(archived->kept);
  }
  DAYBOOK_RETURN_IF_ERROR(RebuildTable(database_, reshape, &observer_));
  for (const KeptTable& kept : restored) DAYBOOK_RETURN_IF_ERROR(DropArchive(database_, kept));
  return absl::OkStatus();
}

absl::Status Executor::operator()(const Create& create) const {
  absl::Status created = database_.Execute(create.object.sql());
  if (!absl::IsAlreadyExists(created)) return created;
  return migration::Failure(
      migration::ExitCode::kData,
      absl::StrCat(Describe(create.object), ": rows of ", create.object.table(),
                   " have the same key: ", database_.LastRefusal().message),
      "mend the rows; nothing was changed");
}

absl::Status Executor::operator()(const Drop& drop) const {
  return database_.Execute(
      absl::StrCat("DROP ", KindName(drop.object.kind()), " ", QuoteName(drop.object.name())));
}

absl::Status Executor::operator()(const Archive& archive) const {
  return ArchiveRows(database_, archive, run_, books_);
}

absl::Status Executor::operator()(const Restore& restore) const {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t conflicts, RestoreRows(database_, restore, run_, books_));
  if (conflicts == 0) return absl::OkStatus();
  observer_.Note("conflict",
                 absl::StrCat(conflicts, " rows of ", restore.table,
                              " were changed since the migration filled ", restore.column,
                              " and stay as they are; mig_archive tells where their values are"),
                 {{"step", absl::StrCat(restore.step)}, {"rows", absl::StrCat(conflicts)}});
  return absl::OkStatus();
}

}  // namespace

absl::Status Execute(Connection& database, const Plan& plan, const RunIdentity& run,
                     Conservation& books, Observer& observer) {
  const Executor executor(database, plan, run, books, observer);
  for (const Action& action : plan.actions) {
    DAYBOOK_RETURN_IF_ERROR(std::visit(executor, action));
  }
  return absl::OkStatus();
}

}  // namespace daybook::migrator::sqlite
