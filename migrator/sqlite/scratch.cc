#include "migrator/sqlite/scratch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/own_tables.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/names_in.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::sqltext::QuoteName;

// As a database of any age and habits is read.
constexpr char kLenient[] = "PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON";
constexpr char kSelectIndexes[] = "SELECT name FROM pragma_index_list(?1) WHERE partial = 0";
constexpr char kSelectIndexColumns[] = "SELECT name FROM pragma_index_info(?1) ORDER BY seqno";
constexpr char kExists[] = "SELECT count(*) FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE";

absl::StatusOr<std::vector<std::string>> Names(Connection& database, const char* sql,
                                               const std::string& parameter) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(sql));
  select.BindText(1, parameter);
  std::vector<std::string> names;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return names;
    names.push_back(select.Text(0));
  }
}

// The tables that a virtual table keeps its rows in come with it.
absl::StatusOr<bool> IsThere(Connection& database, const std::string& name) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kExists));
  select.BindText(1, name);
  DAYBOOK_RETURN_IF_ERROR(select.Step().status());
  return select.Integer(0) > 0;
}

absl::Status Make(Connection& database, const SchemaObject& object) {
  if (object.kind() == SchemaObject::TABLE) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, IsThere(database, object.name()));
    if (is_there) return absl::OkStatus();
  }
  if (database.Execute(object.sql()).ok()) return absl::OkStatus();
  const std::string reason = database.LastRefusal().message;
  // A module that this program does not have; nothing is asked of its tables.
  if (IsVirtual(object) && absl::StartsWith(reason, "no such module")) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("SQLite does not take ", Describe(object), ": ", reason));
}

void NoteUnlessCompiles(Connection& database, const SchemaObject& object, const std::string& sql,
                        std::vector<std::string>& unusable) {
  if (!database.Prepare(sql).ok()) {
    unusable.push_back(absl::StrCat(Describe(object), ": ", database.LastRefusal().message));
  }
}

// Compiling a write compiles the triggers that it would fire.
absl::Status NoteUnlessWritable(Connection& database, const SchemaObject& table,
                                std::vector<std::string>& unusable) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, table.name()));
  const std::string name = QuoteName(table.name());
  const auto keep = [](std::string* out, const std::string& column) {
    absl::StrAppend(out, QuoteName(column), " = ", QuoteName(column));
  };
  NoteUnlessCompiles(database, table, absl::StrCat("DELETE FROM ", name), unusable);
  NoteUnlessCompiles(database, table, absl::StrCat("INSERT INTO ", name, " DEFAULT VALUES"),
                     unusable);
  NoteUnlessCompiles(
      database, table,
      absl::StrCat("UPDATE ", name, " SET ", absl::StrJoin(shape.columns, ", ", keep)), unusable);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Scratch> Scratch::Open(const SchemaModel& model) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, Connection::Open(":memory:", OpenMode::kCreate));
  DAYBOOK_RETURN_IF_ERROR(database.Execute(kLenient));
  constexpr std::array kOrder = {SchemaObject::TABLE, SchemaObject::INDEX, SchemaObject::VIEW,
                                 SchemaObject::TRIGGER};
  for (const bool virtual_tables : {true, false}) {
    for (const SchemaObject::Kind kind : kOrder) {
      for (const SchemaObject& object : model.objects()) {
        if (object.kind() != kind || IsVirtual(object) != virtual_tables) continue;
        DAYBOOK_RETURN_IF_ERROR(Make(database, object));
      }
    }
  }
  return Scratch(std::move(database));
}

absl::StatusOr<bool> Scratch::IsServedByIndex(const std::string& table,
                                              const std::vector<std::string>& columns) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> indexes,
                           Names(database_, kSelectIndexes, table));
  for (const std::string& index : indexes) {
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<std::string> keys,
                             Names(database_, kSelectIndexColumns, index));
    if (keys.size() < columns.size()) continue;
    keys.resize(columns.size());
    const bool serves = std::is_permutation(
        keys.begin(), keys.end(), columns.begin(),
        [](const std::string& a, const std::string& b) { return sqltext::SameName(a, b); });
    if (serves) return true;
  }
  return false;
}

absl::StatusOr<std::vector<std::string>> Scratch::IndexesOver(const std::string& table,
                                                              const std::string& column) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel model, SchemaModel::Read(database_));
  std::vector<std::string> over;
  for (const SchemaObject& object : model.Of(table)) {
    if (object.kind() != SchemaObject::INDEX) continue;
    const std::vector<std::string> names = sqltext::NamesIn(object.sql());
    const bool names_it = std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return sqltext::SameName(name, column);
    });
    if (names_it) over.push_back(object.name());
  }
  return over;
}

absl::StatusOr<SchemaModel> Scratch::After(const std::string& sql) {
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("PRAGMA legacy_alter_table = OFF"));
  const absl::Status done = database_.InTransaction(
      [&]() -> absl::Status { return database_.ExecuteConfined(sql, IsOwnTable); });
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("PRAGMA legacy_alter_table = ON"));
  if (!done.ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("SQLite does not take the statements: ", done.message()));
  }
  return SchemaModel::Read(database_);
}

absl::StatusOr<std::vector<std::string>> Scratch::Unusable(const SchemaModel& model) {
  // Then compiling a write also looks up what foreign keys reference.
  DAYBOOK_RETURN_IF_ERROR(database_.Execute("PRAGMA foreign_keys = ON"));
  std::vector<std::string> unusable;
  for (const SchemaObject& object : model.objects()) {
    const std::string name = QuoteName(object.name());
    if (object.kind() == SchemaObject::VIEW) {
      NoteUnlessCompiles(database_, object, absl::StrCat("SELECT * FROM ", name), unusable);
    }
    if (object.kind() == SchemaObject::TABLE && !IsVirtual(object)) {
      DAYBOOK_RETURN_IF_ERROR(NoteUnlessWritable(database_, object, unusable));
    }
  }
  return unusable;
}

}  // namespace daybook::migrator::sqlite
