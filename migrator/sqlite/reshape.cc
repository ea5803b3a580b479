#include "migrator/sqlite/reshape.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

#include "core/status_macros.h"
#include "migrator/migration/failure.h"
#include "migrator/sqlite/copy_progress.h"
#include "migrator/sqlite/sequences.h"
#include "migrator/sqlite/statistics.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::QuoteName;

constexpr char kSetText[] =
    "UPDATE sqlite_schema SET sql = ?1 WHERE type = 'table' AND name = ?2 COLLATE NOCASE";
constexpr char kNameIsTaken[] = "SELECT count(*) FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE";

// A name that nothing has: a table of the application may be called mig_new_….
absl::StatusOr<std::string> FreeName(Connection& database, const std::string& table) {
  std::string name = absl::StrCat("mig_new_", table);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kNameIsTaken));
    select.BindText(1, name);
    DAYBOOK_RETURN_IF_ERROR(select.Step().status());
    if (select.Integer(0) == 0) return name;
    name.push_back('_');
  }
}

// What to copy: where it goes, and where it comes from as SQL over the old row.
struct Copy {
  std::vector<std::string> to;
  std::vector<std::string> from;

  void Add(std::string target, std::string source) {
    to.push_back(std::move(target));
    from.push_back(std::move(source));
  }
};

std::optional<std::string> ValueOf(const std::map<std::string, std::string>& values,
                                   const std::string& column) {
  for (const auto& [name, value] : values) {
    if (sqltext::SameName(name, column)) return value;
  }
  return std::nullopt;
}

Copy PlanCopy(const TableShape& old_shape, const TableShape& new_shape,
              const std::map<std::string, std::string>& new_values) {
  Copy copy;
  if (new_shape.has_hidden_rowid() && !old_shape.rowid.empty()) {
    copy.Add(new_shape.rowid, old_shape.rowid);
  }
  for (const std::string& column : new_shape.columns) {
    if (old_shape.Has(column)) {
      copy.Add(QuoteName(column), QuoteName(column));
    } else if (const auto value = ValueOf(new_values, column)) {
      copy.Add(QuoteName(column), *value);
    }
  }
  return copy;
}

absl::Status DoNotFitError(const std::string& table, const std::string& refusal) {
  return migration::Failure(
      migration::ExitCode::kData,
      absl::StrCat("rows of ", table, " do not fit its new shape: ", refusal),
      "mend the rows, or give the step values that fit all of them; nothing was changed");
}

// A constraint's own ON CONFLICT clause would skip or replace rows instead of
// failing.
absl::Status CopyRows(Connection& database, const TableShape& from, const TableShape& to,
                      const std::map<std::string, std::string>& new_values) {
  const Copy copy = PlanCopy(from, to, new_values);
  absl::Status copied = database.Execute(absl::StrCat(
      "INSERT OR ABORT INTO ", QuoteName(to.name), " (", absl::StrJoin(copy.to, ", "), ") SELECT ",
      absl::StrJoin(copy.from, ", "), " FROM ", QuoteName(from.name), " NOT INDEXED"));
  if (copied.ok() || !database.LastRefusal().by_constraint) return copied;
  return DoNotFitError(from.name,
                       absl::StrReplaceAll(database.LastRefusal().message, {{to.name, from.name}}));
}

absl::StatusOr<std::vector<SchemaObject>> BelongingsOf(Connection& database,
                                                       const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel model, SchemaModel::Read(database));
  return model.Of(table);
}

}  // namespace

absl::Status EditTableText(Connection& database, const SchemaObject& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t version, database.QueryInteger("PRAGMA schema_version"));
  DAYBOOK_RETURN_IF_ERROR(database.Execute("PRAGMA writable_schema = ON"));
  {
    DAYBOOK_ASSIGN_OR_RETURN(Statement update, database.Prepare(kSetText));
    update.BindText(1, table.sql());
    update.BindText(2, table.name());
    DAYBOOK_RETURN_IF_ERROR(update.Run());
  }
  // Other connections see by the version that they must read the schema again;
  // RESET makes this one do so.
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat("PRAGMA schema_version = ", version + 1)));
  return database.Execute("PRAGMA writable_schema = RESET");
}

absl::Status RebuildTable(Connection& database, const Reshape& reshape, Observer* observer) {
  const std::string& table = reshape.before.name();
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape old_shape, ReadTableShape(database, table));
  DAYBOOK_ASSIGN_OR_RETURN(const auto belongings, BelongingsOf(database, table));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<int64_t> sequence, SequenceOf(database, table));
  DAYBOOK_ASSIGN_OR_RETURN(Statistics statistics, Statistics::Keep(database, table));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string new_name, FreeName(database, table));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable wanted, CreateTable::Parse(reshape.after.sql()));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable renamed, sqltext::WithName(wanted, new_name));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(renamed.sql()));
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape new_shape, ReadTableShape(database, new_name));
  {
    DAYBOOK_ASSIGN_OR_RETURN(const CopyProgress progress,
                             CopyProgress::Begin(database, old_shape, observer));
    DAYBOOK_RETURN_IF_ERROR(CopyRows(database, old_shape, new_shape, reshape.new_values));
  }
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat("DROP TABLE ", QuoteName(table))));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("ALTER TABLE ", QuoteName(new_name), " RENAME TO ", QuoteName(table))));
  // ALTER TABLE has put its own spelling of the name into the text.
  DAYBOOK_RETURN_IF_ERROR(EditTableText(database, reshape.after));
  // A copy of an emptied table has forgotten the numbers it used, and one of a
  // table that never had a row must not remember any.
  DAYBOOK_RETURN_IF_ERROR(SetSequence(database, table, sequence));
  for (const SchemaObject& belonging : belongings) {
    DAYBOOK_RETURN_IF_ERROR(database.Execute(belonging.sql()));
  }
  return statistics.PutBack(database);
}

}  // namespace daybook::migrator::sqlite
