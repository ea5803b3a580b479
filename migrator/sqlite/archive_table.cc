#include "migrator/sqlite/archive_table.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::SameName;

constexpr char kRowid[] = "mig_rowid";

// A column that the table does not have.
std::string FreeName(const TableShape& table) {
  std::string name = kRowid;
  while (table.Has(name)) name.push_back('_');
  return name;
}

}  // namespace

RowArchive::RowArchive(const std::string& name, const TableShape& table)
    : table_(table), shape_(table) {
  shape_.name = name;
  if (table.has_hidden_rowid()) shape_.rowid = FreeName(table);
}

std::string RowArchive::CreateSql() const {
  std::vector<std::string> columns;
  if (shape_.has_hidden_rowid()) {
    columns.push_back(absl::StrCat(shape_.rowid, " INTEGER PRIMARY KEY"));
  }
  for (const std::string& column : shape_.columns) {
    const bool is_rowid = shape_.rowid_is_column && SameName(column, shape_.key[0]);
    columns.push_back(absl::StrCat(QuoteName(column), is_rowid ? " INTEGER PRIMARY KEY" : ""));
  }
  return absl::StrCat("CREATE TABLE ", QuoteName(shape_.name), " (", absl::StrJoin(columns, ", "),
                      ")");
}

std::string RowArchive::CopyInSql() const {
  return absl::StrCat("INSERT INTO ", QuoteName(shape_.name), " SELECT ",
                      ListRow(table_, table_.columns).sql, " FROM ", QuoteName(table_.name),
                      " NOT INDEXED");
}

std::string RowArchive::CopyOutSql() const {
  return absl::StrCat("INSERT OR ABORT INTO ", QuoteName(table_.name), " (",
                      ListRow(table_, table_.columns).sql, ") SELECT ",
                      ListRow(shape_, shape_.columns).sql, " FROM ", QuoteName(shape_.name));
}

ValueArchive::ValueArchive(std::string name, TableShape table, bool by_rowid)
    : name_(std::move(name)), table_(QuoteName(table.name)), by_rowid_(by_rowid) {
  if (by_rowid_) {
    own_keys_.emplace_back(kRowid);
    table_keys_.push_back(std::move(table.rowid));
    return;
  }
  for (const std::string& column : table.key) {
    own_keys_.push_back(absl::StrCat("key_", own_keys_.size() + 1));
    table_keys_.push_back(QuoteName(column));
  }
}

absl::StatusOr<ValueArchive> ValueArchive::For(Connection& database, const std::string& name,
                                               const TableShape& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool by_key, KeyTellsRows(database, table));
  if (!by_key) DAYBOOK_RETURN_IF_ERROR(CheckRowsToldApart(database, table));
  return ValueArchive(name, table, !by_key);
}

absl::StatusOr<ValueArchive> ValueArchive::Open(Connection& database, const std::string& name,
                                                const std::string& table) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape archive, ReadTableShape(database, name));
  DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ReadTableShape(database, table));
  return ValueArchive(name, std::move(shape), archive.Has(kRowid));
}

std::string ValueArchive::CreateSql() const {
  return absl::StrCat("CREATE TABLE ", name_, " (", absl::StrJoin(own_keys_, ", "),
                      by_rowid_ ? " INTEGER" : "", ", was, became, PRIMARY KEY (",
                      absl::StrJoin(own_keys_, ", "), "))", by_rowid_ ? "" : " WITHOUT ROWID");
}

std::string ValueArchive::CopyInSql(const std::string& column, const std::string& where) const {
  return absl::StrCat("INSERT INTO ", name_, " SELECT ", absl::StrJoin(table_keys_, ", "), ", ",
                      QuoteName(column), ", NULL FROM ", table_, " WHERE ", where);
}

// The archive's side comes first, and the plus takes away the type: keys were
// copied as they are, and must be found as they are.
std::string ValueArchive::SameRow() const {
  std::vector<std::string> terms;
  for (size_t i = 0; i < own_keys_.size(); ++i) {
    terms.push_back(absl::StrCat("mig_kept.", own_keys_[i], " IS +", table_, ".", table_keys_[i]));
  }
  return absl::StrJoin(terms, " AND ");
}

std::string ValueArchive::NoteFilledSql(const std::string& column) const {
  return absl::StrCat("UPDATE ", name_, " AS mig_kept SET became = ", table_, ".",
                      QuoteName(column), " FROM ", table_, " WHERE ", SameRow());
}

std::string ValueArchive::CountSql() const {
  return absl::StrCat("SELECT count(*) FROM ", table_, " JOIN ", name_, " AS mig_kept ON ",
                      SameRow());
}

// To the byte and the type: who wrote something else must find it again.
std::string ValueArchive::RestoreSql(const std::string& column) const {
  const std::string value = absl::StrCat(table_, ".", QuoteName(column));
  return absl::StrCat("UPDATE OR ABORT ", table_, " SET ", QuoteName(column),
                      " = mig_kept.was FROM ", name_, " AS mig_kept WHERE ", SameRow(),
                      " AND typeof(", value, ") = typeof(mig_kept.became) AND ", value,
                      " COLLATE BINARY IS mig_kept.became");
}

std::string ValueArchive::ValueSql(const std::string& otherwise) const {
  const std::string from = absl::StrCat(" FROM ", name_, " AS mig_kept WHERE ", SameRow(), ")");
  return absl::StrCat("CASE WHEN EXISTS (SELECT 1", from, " THEN (SELECT mig_kept.was", from,
                      " ELSE ", otherwise, " END");
}

absl::StatusOr<Fingerprint> ValueArchive::FingerprintIn(Connection& database) const {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, name_));
  return FingerprintOf(database, shape, shape.columns);
}

}  // namespace daybook::migrator::sqlite
