#include "migrator/sqlite/foreign_key_probe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/key_trial.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::sqltext::Column;
using ::daybook::sqltext::Constraint;
using ::daybook::sqltext::CreateTable;
using ::daybook::sqltext::FkAction;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

// Of more rows no trial is made: it must not hold the database for long.
constexpr int64_t kMostRows = 10'000;
constexpr char kAbsent[] = "'~ no such row ~'";

bool SameNames(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), sqltext::SameName);
}

std::string ActionName(FkAction action) {
  switch (action) {
    case FkAction::kNone:
    case FkAction::kNoAction:
      return "NO ACTION";
    case FkAction::kRestrict:
      return "RESTRICT";
    case FkAction::kCascade:
      return "CASCADE";
    case FkAction::kSetNull:
      return "SET NULL";
    case FkAction::kSetDefault:
      return "SET DEFAULT";
  }
  return "";
}

absl::StatusOr<CreateTable> TableOf(const SchemaModel& model, const std::string& name) {
  const SchemaObject* const object = model.Find(SchemaObject::TABLE, name);
  if (object == nullptr) return absl::NotFoundError(absl::StrCat("there is no table ", name));
  return CreateTable::Parse(object->sql());
}

absl::StatusOr<std::optional<KeyInPlace>> FindKey(Connection& database, const SchemaModel& model,
                                                  const ForeignKeyToProve& wanted) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ForeignKey> keys, ForeignKeys(database));
  const auto found = std::find_if(keys.begin(), keys.end(), [&](const ForeignKey& key) {
    return SameName(key.child, wanted.table) && SameName(key.parent, wanted.parent) &&
           SameNames(key.columns, wanted.columns);
  });
  if (found == keys.end() || found->parent_columns.empty()) return std::nullopt;
  KeyInPlace subject{.key = *found};
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable table, TableOf(model, wanted.table));
  for (const Constraint* key : table.ForeignKeys()) {
    if (!SameName(key->references_table, wanted.parent)) continue;
    if (!SameNames(key->columns, wanted.columns)) continue;
    subject.deferrable = key->deferrable;
    subject.is_deferred = key->initially_deferred;
  }
  return subject;
}

// "a" TEXT, "b" INTEGER: names and types.
std::string Typed(const CreateTable& table, const std::vector<std::string>& names,
                  absl::string_view behind) {
  return absl::StrJoin(names, ", ", [&](std::string* out, const std::string& name) {
    const Column* const column = table.FindColumn(name);
    absl::StrAppend(out, QuoteName(name), " ", column == nullptr ? "" : column->type, behind);
  });
}

std::string RowOf(absl::string_view value, size_t count) {
  return absl::StrCat("(", absl::StrJoin(std::vector<absl::string_view>(count, value), ", "), ")");
}

// A parent with the rows 1, 2 and 3, and a child that names 1 and has 2 as its
// default; two tables, even where a table references itself.
absl::StatusOr<Connection> MakeApart(const SchemaModel& model, const KeyInPlace& subject) {
  const ForeignKey& key = subject.key;
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable child, TableOf(model, key.child));
  DAYBOOK_ASSIGN_OR_RETURN(const CreateTable parent, TableOf(model, key.parent));
  DAYBOOK_ASSIGN_OR_RETURN(Connection apart, Connection::Open(":memory:", OpenMode::kCreate));
  const std::string parent_columns = ColumnList(key.parent_columns);
  const size_t count = key.columns.size();
  DAYBOOK_RETURN_IF_ERROR(apart.Execute(absl::StrCat(
      "PRAGMA foreign_keys = ON; CREATE TABLE mig_parent (", Typed(parent, key.parent_columns, ""),
      ", UNIQUE (", parent_columns, ")); CREATE TABLE mig_child (",
      Typed(child, key.columns, " DEFAULT 2"), ", FOREIGN KEY (", ColumnList(key.columns),
      ") REFERENCES mig_parent (", parent_columns, ") ON DELETE ", key.on_delete, " ON UPDATE ",
      key.on_update, " ", subject.deferrable, "); INSERT INTO mig_parent VALUES ",
      RowOf("1", count), ", ", RowOf("2", count), ", ", RowOf("3", count),
      "; INSERT INTO mig_child VALUES ", RowOf("1", count))));
  return apart;
}

absl::Status ProbeApart(const SchemaModel& model, const KeyInPlace& subject, ProbeResult& result) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection apart, MakeApart(model, subject));
  const std::string parent_column = QuoteName(subject.key.parent_columns[0]);
  const KeyPair pair{.child = "mig_child",
                     .parent = "mig_parent",
                     .this_one = "1",
                     .named = absl::StrCat(parent_column, " = 1")};
  return apart.InTransaction([&]() -> absl::Status {
    KeyTrial trial(apart, subject, pair, result);
    DAYBOOK_RETURN_IF_ERROR(trial.NameNobody("8"));
    DAYBOOK_RETURN_IF_ERROR(trial.DeleteNamed());
    DAYBOOK_RETURN_IF_ERROR(trial.ChangeNamed("9"));
    return trial.DeleteUnnamed(absl::StrCat(parent_column, " = 3"));
  });
}

// Whether only this key decides what becomes of the rows of both tables.
absl::StatusOr<bool> IsAlone(Connection& database, const ForeignKey& key) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ForeignKey> keys, ForeignKeys(database));
  const auto meddles = [&](const ForeignKey& other) {
    return SameName(other.parent, key.parent) || SameName(other.parent, key.child) ||
           SameName(other.child, key.child);
  };
  return std::count_if(keys.begin(), keys.end(), meddles) == 1;
}

absl::StatusOr<bool> IsSmall(Connection& database, const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const int64_t rows,
      database.QueryInteger(absl::StrCat("SELECT count(*) FROM (SELECT 1 FROM ", QuoteName(table),
                                         " LIMIT ", kMostRows + 1, ")")));
  return rows <= kMostRows;
}

// A row that names another, kept in temp.mig_pair.
absl::StatusOr<std::optional<KeyPair>> FindPair(Connection& database, const ForeignKey& key) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, key.child));
  const std::vector<std::string> identity = shape.Identity();
  if (identity.empty()) return std::nullopt;
  std::vector<std::string> list;
  std::vector<std::string> match;
  std::vector<std::string> this_one;
  std::vector<std::string> named;
  const auto keep = [&](const std::string& sql, const std::string& name) {
    list.push_back(absl::StrCat(sql, " AS ", name));
    return absl::StrCat(" IS (SELECT ", name, " FROM temp.mig_pair)");
  };
  for (size_t i = 0; i < identity.size(); ++i) {
    const std::string kept = keep("mig_child." + identity[i], absl::StrCat("k", i));
    this_one.push_back(identity[i] + kept);
  }
  for (size_t i = 0; i < key.columns.size(); ++i) {
    const std::string column = QuoteName(key.parent_columns[i]);
    const std::string kept = keep("mig_parent." + column, absl::StrCat("p", i));
    named.push_back(column + kept);
    match.push_back(SameKey("mig_parent." + column, "mig_child." + QuoteName(key.columns[i])));
  }
  DAYBOOK_RETURN_IF_ERROR(database.Execute(
      absl::StrCat("CREATE TEMP TABLE mig_pair AS SELECT ", absl::StrJoin(list, ", "), " FROM ",
                   QuoteName(key.child), " AS mig_child JOIN ", QuoteName(key.parent),
                   " AS mig_parent ON ", absl::StrJoin(match, " AND "), " LIMIT 1")));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t rows,
                           database.QueryInteger("SELECT count(*) FROM temp.mig_pair"));
  if (rows == 0) return std::nullopt;
  return KeyPair{.child = QuoteName(key.child),
                 .parent = QuoteName(key.parent),
                 .this_one = absl::StrJoin(this_one, " AND "),
                 .named = absl::StrJoin(named, " AND ")};
}

// SQL: true for one row of the parent that no row of the child names; "0" where
// the parent has no rowid to tell it by.
absl::StatusOr<std::string> Unnamed(Connection& database, const ForeignKey& key) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, key.parent));
  if (shape.rowid.empty()) return "0";
  std::vector<std::string> match;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    match.push_back(SameKey("mig_parent." + QuoteName(key.parent_columns[i]),
                            "mig_child." + QuoteName(key.columns[i])));
  }
  return absl::StrCat(shape.rowid, " = (SELECT mig_parent.", shape.rowid, " FROM ",
                      QuoteName(key.parent), " AS mig_parent WHERE NOT EXISTS (SELECT 1 FROM ",
                      QuoteName(key.child), " AS mig_child WHERE ", absl::StrJoin(match, " AND "),
                      ") LIMIT 1)");
}

absl::Status ProbeInTables(Connection& database, const KeyInPlace& subject, ProbeResult& result) {
  const ForeignKey& key = subject.key;
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_alone, IsAlone(database, key));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_few_children, IsSmall(database, key.child));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_few_parents, IsSmall(database, key.parent));
  if (!is_alone || !has_few_children || !has_few_parents || SameName(key.child, key.parent)) {
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeyPair> pair, FindPair(database, key));
  if (!pair) return absl::OkStatus();
  KeyTrial trial(database, subject, *pair, result);
  DAYBOOK_RETURN_IF_ERROR(trial.NameNobody("-9223372036854775807"));
  DAYBOOK_RETURN_IF_ERROR(trial.NameNobody(kAbsent));
  // Where a default leads, only the rows know.
  if (key.on_delete != "SET DEFAULT") DAYBOOK_RETURN_IF_ERROR(trial.DeleteNamed());
  DAYBOOK_ASSIGN_OR_RETURN(const std::string unnamed, Unnamed(database, key));
  return trial.DeleteUnnamed(unnamed);
}

absl::StatusOr<ProbeResult> Probe(Connection& database, const ForeignKeyToProve& wanted) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaModel model, SchemaModel::Read(database));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<KeyInPlace> subject,
                           FindKey(database, model, wanted));
  if (!subject) {
    return ProbeResult{.faults = {absl::StrCat(wanted.table, " has no foreign key (",
                                               absl::StrJoin(wanted.columns, ", "), ") to ",
                                               wanted.parent, " that finds its rows")}};
  }
  const ForeignKey& key = subject->key;
  if (key.on_delete != ActionName(wanted.on_delete) ||
      key.on_update != ActionName(wanted.on_update)) {
    return ProbeResult{
        .faults = {absl::StrCat("it says ON DELETE ", key.on_delete, " ON UPDATE ", key.on_update,
                                " and must say ON DELETE ", ActionName(wanted.on_delete),
                                " ON UPDATE ", ActionName(wanted.on_update))}};
  }
  ProbeResult result;
  DAYBOOK_RETURN_IF_ERROR(ProbeInTables(database, *subject, result));
  DAYBOOK_RETURN_IF_ERROR(ProbeApart(model, *subject, result));
  return result;
}

}  // namespace

absl::StatusOr<ProbeResult> ProbeForeignKey(Connection& database, const ForeignKeyToProve& key) {
  if (database.IsInTransaction()) {
    return absl::FailedPreconditionError(
        "foreign keys are probed outside a transaction: they cannot be switched on inside one");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t was_on, database.QueryInteger("PRAGMA foreign_keys"));
  DAYBOOK_RETURN_IF_ERROR(database.Execute("PRAGMA foreign_keys = ON"));
  DAYBOOK_RETURN_IF_ERROR(database.SetTriggers(false));
  ProbeResult result;
  const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(result, Probe(database, key));
    return absl::AbortedError("a probe leaves no trace");
  });
  DAYBOOK_RETURN_IF_ERROR(database.SetTriggers(true));
  if (was_on == 0) DAYBOOK_RETURN_IF_ERROR(database.Execute("PRAGMA foreign_keys = OFF"));
  if (!absl::IsAborted(rolled_back)) return rolled_back;
  return result;
}

}  // namespace daybook::migrator::sqlite
