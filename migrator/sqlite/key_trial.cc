#include "migrator/sqlite/key_trial.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Refusal;
using ::daybook::db::sqlite::Statement;
using ::daybook::sqltext::QuoteName;

std::string TextOf(KeyOutcome outcome) {
  switch (outcome) {
    case KeyOutcome::kRefused:
      return "it was refused";
    case KeyOutcome::kRefusedByOther:
      return "another constraint refused it";
    case KeyOutcome::kNoRow:
      return "there was no such row";
    case KeyOutcome::kUnmet:
      return "it was put off to the end of the transaction";
    case KeyOutcome::kKept:
      return "it went in, and nothing became of the row that names it";
    case KeyOutcome::kGone:
      return "the row that names it is gone";
    case KeyOutcome::kNull:
      return "the row that names it names nobody";
    case KeyOutcome::kDefault:
      return "the row that names it has its default";
    case KeyOutcome::kFollowed:
      return "the row that names it has changed along";
  }
  return "";
}

}  // namespace

// How the row that named is found. Copies of tables have the default 2.
absl::StatusOr<KeyOutcome> KeyTrial::Look(const std::string& changed) {
  const std::string column = QuoteName(subject_.key.columns[0]);
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select, database_.Prepare(absl::StrCat("SELECT ", column, " IS NULL, ", column,
                                                       " IS ", changed, ", ", column, " IS 2 FROM ",
                                                       pair_.child, " WHERE ", pair_.this_one)));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return KeyOutcome::kGone;
  if (select.Integer(0) != 0) return KeyOutcome::kNull;
  if (select.Integer(1) != 0) return KeyOutcome::kFollowed;
  return select.Integer(2) != 0 ? KeyOutcome::kDefault : KeyOutcome::kKept;
}

absl::StatusOr<KeyOutcome> KeyTrial::Try(const std::string& sql, const std::string& changed) {
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("SAVEPOINT mig_probe"));
  const int64_t before = database_.TotalChanges();
  const absl::Status done = database_.Execute(sql);
  const Refusal refusal = done.ok() ? Refusal() : database_.LastRefusal();
  absl::StatusOr<KeyOutcome> outcome = KeyOutcome::kNoRow;
  if (done.ok() && database_.HasUnmetForeignKeys()) {
    outcome = KeyOutcome::kUnmet;
  } else if (done.ok() && database_.TotalChanges() > before) {
    outcome = Look(changed);
  } else if (refusal.by_foreign_key) {
    outcome = KeyOutcome::kRefused;
  } else if (refusal.by_constraint || refusal.by_type) {
    outcome = KeyOutcome::kRefusedByOther;
  } else if (!done.ok()) {
    outcome = done;
  }
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("ROLLBACK TO mig_probe; RELEASE mig_probe"));
  return outcome;
}

KeyOutcome KeyTrial::Refusing() const {
  return subject_.is_deferred ? KeyOutcome::kUnmet : KeyOutcome::kRefused;
}

KeyOutcome KeyTrial::Expected(const std::string& action) const {
  if (action == "RESTRICT") return KeyOutcome::kRefused;
  if (action == "SET NULL") return KeyOutcome::kNull;
  if (action == "SET DEFAULT") return KeyOutcome::kDefault;
  return Refusing();
}

void KeyTrial::Judge(const std::string& what, KeyOutcome expected, KeyOutcome outcome) {
  if (outcome == KeyOutcome::kRefusedByOther || outcome == KeyOutcome::kNoRow) return;
  if (outcome != expected) {
    result_.faults.push_back(absl::StrCat(what, ": ", TextOf(outcome)));
  } else if (outcome == KeyOutcome::kRefused || outcome == KeyOutcome::kUnmet) {
    ++result_.refused;
  } else {
    ++result_.accepted;
  }
}

absl::Status KeyTrial::NameNobody(const std::string& absent) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const KeyOutcome outcome,
      Try(absl::StrCat("UPDATE ", pair_.child, " SET ", QuoteName(subject_.key.columns[0]), " = ",
                       absent, " WHERE ", pair_.this_one),
          absent));
  Judge("naming a parent row that is not there", Refusing(), outcome);
  return absl::OkStatus();
}

absl::Status KeyTrial::DeleteNamed() {
  const std::string& action = subject_.key.on_delete;
  DAYBOOK_ASSIGN_OR_RETURN(
      const KeyOutcome outcome,
      Try(absl::StrCat("DELETE FROM ", pair_.parent, " WHERE ", pair_.named), "NULL"));
  Judge("deleting a parent row", action == "CASCADE" ? KeyOutcome::kGone : Expected(action),
        outcome);
  return absl::OkStatus();
}

absl::Status KeyTrial::ChangeNamed(const std::string& changed) {
  const std::string& action = subject_.key.on_update;
  DAYBOOK_ASSIGN_OR_RETURN(
      const KeyOutcome outcome,
      Try(absl::StrCat("UPDATE ", pair_.parent, " SET ", QuoteName(subject_.key.parent_columns[0]),
                       " = ", changed, " WHERE ", pair_.named),
          changed));
  Judge("changing the key of a parent row",
        action == "CASCADE" ? KeyOutcome::kFollowed : Expected(action), outcome);
  return absl::OkStatus();
}

absl::Status KeyTrial::DeleteUnnamed(const std::string& unnamed) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const KeyOutcome outcome,
      Try(absl::StrCat("DELETE FROM ", pair_.parent, " WHERE ", unnamed), "NULL"));
  Judge("deleting a parent row that nobody names", KeyOutcome::kKept, outcome);
  return absl::OkStatus();
}

}  // namespace daybook::migrator::sqlite
