#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/step_work.h"
#include "migrator/sqlite/table_sql.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddCheck;
using ::daybook::migration::v1::CreateIndex;
using ::daybook::migration::v1::DropTable;
using ::daybook::migration::v1::ReplaceIndex;

SchemaObject Object(SchemaObject::Kind kind, const std::string& name, const std::string& table,
                    const std::string& sql) {
  SchemaObject object;
  object.set_kind(kind);
  object.set_name(name);
  object.set_table(table);
  object.set_sql(sql);
  return object;
}

// Tables, views and indexes share their names.
absl::Status RefuseTakenName(const std::string& name, const SchemaModel& model) {
  for (const auto kind : {SchemaObject::TABLE, SchemaObject::VIEW, SchemaObject::INDEX}) {
    if (const SchemaObject* const taken = model.Find(kind, name); taken != nullptr) {
      return UnsuitableError(absl::StrCat("the name is taken by ", Describe(*taken)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PlanCreateTable(const migration::v1::CreateTable& create, StepWork& work) {
  DAYBOOK_RETURN_IF_ERROR(RefuseTakenName(create.name(), work.model));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string sql, CreateTableSql(create, work.enums));
  work.model.Put(Object(SchemaObject::TABLE, create.name(), create.name(), sql));
  for (AddCheck check : create.check()) {
    check.set_table(create.name());
    DAYBOOK_RETURN_IF_ERROR(ProveCheck(check, work));
  }
  for (const auto& column : create.column()) {
    DAYBOOK_RETURN_IF_ERROR(ProveColumn(create.name(), column, work));
  }
  for (const auto& key : create.foreign_key()) ProveForeignKey(create.name(), key, work);
  for (CreateIndex index : create.index()) {
    index.set_table(create.name());
    DAYBOOK_RETURN_IF_ERROR(PlanCreateIndex(index, work));
  }
  return absl::OkStatus();
}

absl::Status PlanDropTable(const DropTable& drop, StepWork& work) {
  DAYBOOK_RETURN_IF_ERROR(ParseTable(work, drop.name()).status());
  for (const SchemaObject& object : work.model.Of(drop.name())) {
    work.model.Remove(object.kind(), object.name());
  }
  work.model.Remove(SchemaObject::TABLE, drop.name());
  return absl::OkStatus();
}

absl::Status PlanCreateIndex(const CreateIndex& create, StepWork& work) {
  DAYBOOK_ASSIGN_OR_RETURN(const sqltext::CreateTable table, ParseTable(work, create.table()));
  for (const std::string& column : create.columns()) {
    DAYBOOK_RETURN_IF_ERROR(RefuseMissingColumn(table, column));
  }
  for (const auto& key : create.key()) {
    if (key.has_expression()) continue;
    DAYBOOK_RETURN_IF_ERROR(RefuseMissingColumn(table, key.column()));
  }
  DAYBOOK_RETURN_IF_ERROR(RefuseTakenName(create.name(), work.model));
  work.model.Put(
      Object(SchemaObject::INDEX, create.name(), create.table(), CreateIndexSql(create)));
  return absl::OkStatus();
}

absl::Status PlanReplaceIndex(const ReplaceIndex& replace, StepWork& work) {
  if (work.model.Find(SchemaObject::INDEX, replace.replaces()) == nullptr) {
    return UnsuitableError(absl::StrCat("there is no index ", replace.replaces()));
  }
  work.model.Remove(SchemaObject::INDEX, replace.replaces());
  return PlanCreateIndex(replace.index(), work);
}

}  // namespace daybook::migrator::sqlite
