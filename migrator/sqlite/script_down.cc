#include "migrator/sqlite/script_down.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/check_sql.h"
#include "migrator/sqlite/schema_shape.h"
#include "migrator/sqlite/scratch.h"
#include "migrator/sqlite/step_work.h"
#include "migrator/sqlite/transition.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::StepRecord;

// What programs wrote since into the tables that a script made goes with them, so
// it is archived.
void AppendArchives(const StepRecord& record, const SchemaModel& after, int number, Plan& plan) {
  for (const SchemaChange& change : record.change()) {
    const bool is_made = !change.has_before() && change.after().kind() == SchemaObject::TABLE;
    if (is_made && after.Find(SchemaObject::TABLE, change.after().name()) == nullptr) {
      plan.actions.emplace_back(Archive{.step = number, .table = change.after().name()});
    }
  }
}

// "view v is missing": what a way back did not bring back.
std::string Shortcoming(const SchemaChange& lacking) {
  if (!lacking.has_before()) return absl::StrCat(Describe(lacking.after()), " is missing");
  return absl::StrCat(Describe(lacking.before()),
                      lacking.has_after() ? " is another" : " should not be there");
}

// A script's way back must lead to the schema of before its step. Where it leads to
// one that means the same in other words, those of before are put in their place:
// what an earlier migration left is known by them.
absl::Status AppendOldWords(const SchemaModel& led, Scratch& scratch, const StepRecord& record,
                            int number, Plan& plan) {
  SchemaModel wanted = std::move(plan.after);
  DAYBOOK_RETURN_IF_ERROR(wanted.Undo({record.change().begin(), record.change().end()}));
  const std::vector<SchemaChange> lacking = wanted.Since(led);
  if (!lacking.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(Scratch before, Scratch::Open(wanted));
    DAYBOOK_ASSIGN_OR_RETURN(const auto meant, SchemaShape(before.database()));
    DAYBOOK_ASSIGN_OR_RETURN(const auto found, SchemaShape(scratch.database()));
    if (meant != found) {
      return UnsuitableError(absl::StrCat("its `down` does not lead to the schema of before: ",
                                          Shortcoming(lacking.front())));
    }
    DAYBOOK_RETURN_IF_ERROR(
        AppendTransition(lacking, {.step = number, .wanted = wanted}, plan.actions));
  }
  plan.after = std::move(wanted);
  return absl::OkStatus();
}

}  // namespace

absl::Status AppendScriptDown(const migration::v1::RunSql& script, int number,
                              const StepRecord& record, Plan& plan) {
  if (!script.has_down()) {
    return UnsuitableError(script.irreversible().empty()
                               ? "it has no `down`"
                               : absl::StrCat("it cannot be taken back: ", script.irreversible()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(plan.after));
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel led, scratch.After(SqlOf(script.down())));
  AppendArchives(record, led, number, plan);
  plan.actions.emplace_back(RunScript{.step = number, .sql = SqlOf(script.down())});
  DAYBOOK_RETURN_IF_ERROR(AppendOldWords(led, scratch, record, number, plan));
  plan.freely_changed.insert(plan.freely_changed.end(), script.changes_table().begin(),
                             script.changes_table().end());
  return absl::OkStatus();
}

}  // namespace daybook::migrator::sqlite
