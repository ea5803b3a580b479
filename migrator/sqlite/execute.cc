#include "migrator/sqlite/execute.h"

#include <variant>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/archive.h"
#include "migrator/sqlite/mend.h"
#include "migrator/sqlite/reshape.h"
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
  Connection& database_;
  const Plan& plan_;
  const RunIdentity& run_;
  Conservation& books_;
  Observer& observer_;
};

absl::Status Executor::operator()(const Mend& mend) const {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows, MendRows(database_, mend, run_, books_));
  if (rows == 0) return absl::OkStatus();
  if (plan_.strategy == Plan::Strategy::kSchemaEdit) {
    return absl::AbortedError("rows were written since the plan was made");
  }
  observer_.Note(
      "mended",
      absl::StrCat(rows, rows == 1 ? " row of " : " rows of ", mend.table, " broke ",
                   mend.constraint, ": kept in mig_quarantine"),
      {{"table", mend.table}, {"constraint", mend.constraint}, {"rows", absl::StrCat(rows)}});
  return absl::OkStatus();
}

absl::Status Executor::operator()(const Fill& fill) const {
  if (fill.keeps_before) DAYBOOK_RETURN_IF_ERROR(ArchiveFilled(database_, fill, run_));
  return database_.Execute(absl::StrCat("UPDATE ", QuoteName(fill.table), " SET ",
                                        QuoteName(fill.column), " = ", fill.value, " WHERE ",
                                        fill.where));
}

absl::Status Executor::operator()(const PutBack& put_back) const {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t conflicts,
                           PutRowsBack(database_, put_back.step, run_, books_));
  if (conflicts == 0) return absl::OkStatus();
  observer_.Note("conflict",
                 absl::StrCat(conflicts,
                              " rows were changed since the migration and stay as they are;"
                              " mig_quarantine has them with state conflict"),
                 {{"step", absl::StrCat(put_back.step)}, {"rows", absl::StrCat(conflicts)}});
  return absl::OkStatus();
}

absl::Status Executor::operator()(const RunScript& script) const {
  absl::Status done = database_.Execute(script.sql);
  if (!absl::IsInternal(done)) return done;
  return absl::FailedPreconditionError(
      absl::StrCat("step ", script.step, ": ", database_.LastRefusal().message));
}

absl::Status Executor::operator()(const Reshape& reshape) const {
  switch (reshape.method) {
    case Reshape::Method::kRebuild:
      observer_.Note("rebuild", absl::StrCat("writing table ", reshape.before.name(), " anew"),
                     {{"table", reshape.before.name()}});
      return RebuildTable(database_, reshape);
    case Reshape::Method::kEdit:
      return EditTableText(database_, reshape.after);
  }
  return absl::OkStatus();
}

absl::Status Executor::operator()(const Create& create) const {
  return database_.Execute(create.object.sql());
}

absl::Status Executor::operator()(const Drop& drop) const {
  return database_.Execute(
      absl::StrCat("DROP ", KindName(drop.object.kind()), " ", QuoteName(drop.object.name())));
}

absl::Status Executor::operator()(const Archive& archive) const {
  return ArchiveRows(database_, archive, run_, books_);
}

absl::Status Executor::operator()(const Restore& restore) const {
  return RestoreRows(database_, restore, run_, books_);
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
