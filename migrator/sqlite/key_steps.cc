#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/scratch.h"
#include "migrator/sqlite/step_work.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqlite/table_sql.h"
#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddForeignKey;
using ::daybook::migration::v1::AlterForeignKey;
using ::daybook::sqltext::Constraint;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::FkAction;
using ::daybook::sqltext::SameName;

std::vector<std::string> Strings(const google::protobuf::RepeatedPtrField<std::string>& names) {
  return {names.begin(), names.end()};
}

bool SameNames(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const std::string& x, const std::string& y) { return SameName(x, y); });
}

FkAction ActionOf(AddForeignKey::Action declared, FkAction present) {
  switch (declared) {
    case AddForeignKey::NO_ACTION:
      return FkAction::kNoAction;
    case AddForeignKey::RESTRICT:
      return FkAction::kRestrict;
    case AddForeignKey::CASCADE:
      return FkAction::kCascade;
    case AddForeignKey::SET_NULL:
      return FkAction::kSetNull;
    case AddForeignKey::SET_DEFAULT:
      return FkAction::kSetDefault;
    default:
      return present;
  }
}

const Constraint* FindKey(const CreateTable& table, const AlterForeignKey& alter) {
  for (const Constraint* key : table.ForeignKeys()) {
    const bool is_it = alter.name().empty() ? SameNames(key->columns, Strings(alter.columns()))
                                            : SameName(key->name, alter.name());
    if (is_it) return key;
  }
  return nullptr;
}

// The parent's columns, also where the declaration leaves them to its key.
absl::StatusOr<std::vector<std::string>> ParentColumns(const AddForeignKey& key,
                                                       const StepWork& work) {
  if (key.references_columns_size() > 0) return Strings(key.references_columns());
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(work.model));
  DAYBOOK_ASSIGN_OR_RETURN(TableShape parent,
                           ReadTableShape(scratch.database(), key.references_table()));
  if (parent.key.size() != static_cast<size_t>(key.columns_size())) {
    return UnsuitableError(absl::StrCat("the primary key of ", key.references_table(), " has ",
                                        parent.key.size(), " columns, the foreign key ",
                                        key.columns_size()));
  }
  return std::move(parent.key);
}

bool MayBeNull(const CreateTable& table, const std::string& column) {
  for (const Constraint* constraint : table.AllConstraints()) {
    const bool forbids = constraint->kind == sqltext::ConstraintKind::kNotNull ||
                         constraint->kind == sqltext::ConstraintKind::kPrimaryKey;
    if (!forbids) continue;
    for (const std::string& name : constraint->columns) {
      if (SameName(name, column)) return false;
    }
  }
  return true;
}

// The column of the key that frees a row of it when it is NULL; "" where none
// may be.
std::string NullableColumn(const CreateTable& table, const AddForeignKey& key) {
  for (const std::string& column : key.columns()) {
    if (MayBeNull(table, column)) return column;
  }
  return "";
}

absl::Status AddIndexUnlessServed(const AddForeignKey& key, StepWork& work) {
  if (key.index_name().empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(Scratch scratch, Scratch::Open(work.model));
  DAYBOOK_ASSIGN_OR_RETURN(const bool served,
                           scratch.IsServedByIndex(key.table(), Strings(key.columns())));
  if (served) return absl::OkStatus();
  migration::v1::CreateIndex index;
  index.set_table(key.table());
  index.set_name(key.index_name());
  *index.mutable_columns() = key.columns();
  return PlanCreateIndex(index, work);
}

}  // namespace

void ProveForeignKey(const std::string& table, const AddForeignKey& key, StepWork& work) {
  work.foreign_keys.push_back({.table = table,
                               .columns = Strings(key.columns()),
                               .parent = key.references_table(),
                               .on_delete = ActionOf(key.on_delete(), FkAction::kNone),
                               .on_update = ActionOf(key.on_update(), FkAction::kNone)});
}

absl::Status PlanAlterForeignKey(const AlterForeignKey& alter, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, alter.table()));
  const Constraint* const key = FindKey(table, alter);
  if (key == nullptr) {
    return UnsuitableError(absl::StrCat(
        "table ", alter.table(), " has no foreign key ",
        alter.name().empty() ? absl::StrCat("(", absl::StrJoin(alter.columns(), ", "), ")")
                             : alter.name()));
  }
  const FkAction on_delete = ActionOf(alter.on_delete(), key->on_delete);
  const FkAction on_update = ActionOf(alter.on_update(), key->on_update);
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable changed,
                           sqltext::WithForeignKeyActions(table, *key, on_delete, on_update));
  PutTable(alter.table(), changed.sql(), work);
  work.foreign_keys.push_back({.table = alter.table(),
                               .columns = key->columns,
                               .parent = key->references_table,
                               .on_delete = on_delete,
                               .on_update = on_update});
  return absl::OkStatus();
}

absl::Status PlanAddForeignKey(const AddForeignKey& key, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, ParseTable(work, key.table()));
  DAYBOOK_RETURN_IF_ERROR(ParseTable(work, key.references_table()).status());
  if (table.FindConstraint(key.name()) != nullptr) {
    return UnsuitableError(
        absl::StrCat("table ", key.table(), " has a constraint ", key.name(), " already"));
  }
  for (const std::string& column : key.columns()) {
    DAYBOOK_RETURN_IF_ERROR(RefuseMissingColumn(table, column));
  }
  if (key.on_violation().has_truncate() || key.on_violation().has_clamp()) {
    return absl::InvalidArgumentError(
        "orphans can be set aside or lose what they name: quarantine"
        " or set_null");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> parent_columns, ParentColumns(key, work));
  const std::string nullable = NullableColumn(table, key);
  if (key.on_violation().has_set_null() && nullable.empty()) {
    return UnsuitableError(absl::StrCat(key.name(),
                                        ": set_null is not possible, as none of its columns may"
                                        " be NULL"));
  }
  const ForeignKey added{.child = key.table(),
                         .columns = Strings(key.columns()),
                         .parent = key.references_table(),
                         .parent_columns = parent_columns};
  work.before_schema.emplace_back(Mend{.step = work.step,
                                       .table = key.table(),
                                       .constraint = key.name(),
                                       .column = nullable,
                                       .violation = OrphanCondition(added),
                                       .key = added,
                                       .policy = key.on_violation()});
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable changed,
                           sqltext::WithTableConstraint(table, ForeignKeySql(key)));
  PutTable(key.table(), changed.sql(), work);
  ProveForeignKey(key.table(), key, work);
  return AddIndexUnlessServed(key, work);
}

}  // namespace daybook::migrator::sqlite
