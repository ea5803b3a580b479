#include "migrator/app/step_words.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace daybook::migrator::app {
namespace {

namespace v1 = ::daybook::migration::v1;

template <typename Columns>
std::string ColumnsOf(const std::string& table, const Columns& columns) {
  return absl::StrCat(table, " (", absl::StrJoin(columns, ", "), ")");
}

std::string ColumnOf(const std::string& table, const std::string& column) {
  return column.empty() ? table : absl::StrCat(table, ".", column);
}

std::string What(const v1::AddCheck& add) {
  return absl::StrCat("add check ", add.name(), " to ", ColumnOf(add.table(), add.column()));
}
std::string What(const v1::DropCheck& drop) {
  return absl::StrCat("drop a check of ", drop.table());
}
std::string What(const v1::AlterForeignKey& alter) {
  return absl::StrCat("change what the foreign key ", ColumnsOf(alter.table(), alter.columns()),
                      " does");
}
std::string What(const v1::AddForeignKey& add) {
  return absl::StrCat("add foreign key ", add.name(), " to ",
                      ColumnsOf(add.table(), add.columns()));
}
std::string What(const v1::AddColumn& add) {
  return absl::StrCat("add column ", ColumnOf(add.table(), add.column().name()));
}
std::string What(const v1::DropColumn& drop) {
  return absl::StrCat("drop column ", ColumnOf(drop.table(), drop.column()),
                      ", after archiving it");
}
std::string What(const v1::RenameColumn& rename) {
  return absl::StrCat("rename column ", ColumnOf(rename.table(), rename.from()), " to ",
                      rename.to());
}
std::string What(const v1::CreateTable& create) {
  return absl::StrCat("create table ", create.name());
}
std::string What(const v1::DropTable& drop) {
  return absl::StrCat("drop table ", drop.name(), ", after archiving it");
}
std::string What(const v1::CreateIndex& create) {
  return absl::StrCat("create index ", create.name(), " of ", create.table());
}
std::string What(const v1::ReplaceIndex& replace) {
  return absl::StrCat("put index ", replace.index().name(), " in the place of ",
                      replace.replaces());
}
std::string What(const v1::AddEnum& add) { return absl::StrCat("declare enum ", add.name()); }
std::string What(const v1::Backfill& fill) {
  return absl::StrCat("give values to ", ColumnOf(fill.table(), fill.column()));
}
std::string What(const v1::RunSql& sql) {
  return absl::StrCat("run SQL over ", absl::StrJoin(sql.changes_table(), ", "));
}

template <typename Change>
StepWords Words(const Change& change) {
  return {.what = What(change), .why = change.rationale()};
}

}  // namespace

StepWords WordsOf(const v1::Step& step) {
  switch (step.change_case()) {
    case v1::Step::kAddCheck:
      return Words(step.add_check());
    case v1::Step::kDropCheck:
      return Words(step.drop_check());
    case v1::Step::kAlterForeignKey:
      return Words(step.alter_foreign_key());
    case v1::Step::kAddForeignKey:
      return Words(step.add_foreign_key());
    case v1::Step::kAddColumn:
      return Words(step.add_column());
    case v1::Step::kDropColumn:
      return Words(step.drop_column());
    case v1::Step::kRenameColumn:
      return Words(step.rename_column());
    case v1::Step::kCreateTable:
      return Words(step.create_table());
    case v1::Step::kDropTable:
      return Words(step.drop_table());
    case v1::Step::kCreateIndex:
      return Words(step.create_index());
    case v1::Step::kReplaceIndex:
      return Words(step.replace_index());
    case v1::Step::kAddEnum:
      return Words(step.add_enum());
    case v1::Step::kBackfill:
      return Words(step.backfill());
    case v1::Step::kSql:
      return Words(step.sql());
    case v1::Step::CHANGE_NOT_SET:
      break;
  }
  return {};
}

std::string RiskName(v1::Migration::Risk risk) { return v1::Migration::Risk_Name(risk); }

std::string WhyOneWay(const v1::Migration& migration) {
  for (const v1::Step& step : migration.step()) {
    if (!step.sql().irreversible().empty()) return step.sql().irreversible();
  }
  return "";
}

}  // namespace daybook::migrator::app
