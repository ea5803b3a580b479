#include "migrator/sqlite/conservation.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::sqltext::SameName;

bool Contains(const std::vector<std::string>& names, const std::string& name) {
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& other) { return SameName(other, name); });
}

std::vector<std::string> FilledColumns(const Plan& plan, const std::string& table) {
  std::vector<std::string> filled;
  for (const Action& action : plan.actions) {
    const auto* const fill = std::get_if<Fill>(&action);
    if (fill != nullptr && SameName(fill->table, table)) filled.push_back(fill->column);
    const auto* const restore = std::get_if<Restore>(&action);
    if (restore != nullptr && SameName(restore->table, table)) filled.push_back(restore->column);
    // A column that goes may come back in a later step, with other values.
    const auto* const archive = std::get_if<Archive>(&action);
    if (archive != nullptr && SameName(archive->table, table)) filled.push_back(archive->column);
  }
  return filled;
}

// A column whose values every row keeps: there before and after, and not filled.
absl::StatusOr<std::vector<std::string>> KeptColumns(const TableShape& shape, const Plan& plan) {
  const SchemaObject* const after = plan.after.Find(SchemaObject::TABLE, shape.name);
  if (after == nullptr || IsVirtual(*after)) return shape.columns;
  DAYBOOK_ASSIGN_OR_RETURN(const sqltext::CreateTable table,
                           sqltext::CreateTable::Parse(after->sql()));
  const std::vector<std::string> filled = FilledColumns(plan, shape.name);
  std::vector<std::string> kept;
  for (const std::string& column : shape.columns) {
    if (table.FindColumn(column) != nullptr && !Contains(filled, column)) kept.push_back(column);
  }
  return kept;
}

// The tables to account for.
absl::StatusOr<std::vector<TableShape>> ShapesBut(Connection& database,
                                                  const std::vector<std::string>& exempt) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, TableNames(database));
  std::vector<TableShape> shapes;
  for (const std::string& table : tables) {
    if (Contains(exempt, table)) continue;
    DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ReadTableShape(database, table));
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

}  // namespace

absl::StatusOr<Conservation> Conservation::Begin(Connection& database, const Plan& plan,
                                                 Observer* observer) {
  Conservation conservation;
  conservation.observer_ = observer;
  conservation.exempt_ = plan.freely_changed;
  DAYBOOK_ASSIGN_OR_RETURN(const auto shapes, ShapesBut(database, conservation.exempt_));
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t all, RoughRows(database, shapes));
  RowProgress progress(observer, "reading rows", all);
  for (const TableShape& shape : shapes) {
    DAYBOOK_ASSIGN_OR_RETURN(std::vector<std::string> columns, KeptColumns(shape, plan));
    DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint before,
                             FingerprintOf(database, shape, columns, &progress));
    conservation.accounts_.push_back({.table = shape.name,
                                      .columns = std::move(columns),
                                      .rows_before = before.rows(),
                                      .expected = before});
  }
  return conservation;
}

Conservation::Account* Conservation::Find(const std::string& table) {
  const auto found = std::find_if(accounts_.begin(), accounts_.end(), [&](const Account& account) {
    return SameName(account.table, table);
  });
  return found == accounts_.end() ? nullptr : &*found;
}

void Conservation::RowWent(const std::string& table, const Row& row) {
  Account* const account = Find(table);
  if (account == nullptr) return;
  RowBytes bytes;
  AppendRow(row, account->columns, bytes);
  account->expected.Subtract(bytes.bytes());
}

void Conservation::RowCame(const std::string& table, const Row& row) {
  Account* const account = Find(table);
  if (account == nullptr) return;
  RowBytes bytes;
  AppendRow(row, account->columns, bytes);
  account->expected.Add(bytes.bytes());
}

void Conservation::RowKept(const Row& row) {
  RowBytes bytes;
  AppendRow(row, ColumnsOf(row), bytes);
  kept_.Add(bytes.bytes());
}

void Conservation::TableWent(const std::string& table) {
  std::erase_if(accounts_, [&](const Account& account) { return SameName(account.table, table); });
}

void Conservation::TableCame(const std::string& table, const std::vector<std::string>& columns,
                             const Fingerprint& fingerprint) {
  accounts_.push_back({.table = table, .columns = columns, .expected = fingerprint});
}

// What is wrong with a table that is there; "" where nothing is.
absl::StatusOr<std::string> Conservation::Difference(Connection& database, const Account& account,
                                                     RowProgress& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(const TableShape shape, ReadTableShape(database, account.table));
  DAYBOOK_ASSIGN_OR_RETURN(const Fingerprint now,
                           FingerprintOf(database, shape, account.columns, &progress));
  rows_after_[account.table] = now.rows();
  if (now == account.expected) return "";
  return now.rows() == account.expected.rows()
             ? absl::StrCat("table ", account.table, ": rows are not what they were")
             : absl::StrCat("table ", account.table, " has ", now.rows(), " rows and must have ",
                            account.expected.rows());
}

absl::StatusOr<std::vector<std::string>> Conservation::Differences(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, TableNames(database));
  uint64_t all = 0;
  for (const Account& account : accounts_) all += account.expected.rows();
  RowProgress progress(observer_, "verifying rows", all);
  std::vector<std::string> differences;
  for (const Account& account : accounts_) {
    if (!Contains(tables, account.table)) {
      differences.push_back(absl::StrCat("table ", account.table, " is gone, with ",
                                         account.expected.rows(), " rows"));
      continue;
    }
    DAYBOOK_ASSIGN_OR_RETURN(std::string difference, Difference(database, account, progress));
    if (!difference.empty()) differences.push_back(std::move(difference));
  }
  return differences;
}

std::map<std::string, uint64_t> Conservation::RowsBefore() const {
  std::map<std::string, uint64_t> rows;
  for (const Account& account : accounts_) rows[account.table] = account.rows_before;
  return rows;
}

}  // namespace daybook::migrator::sqlite
