#include "migrator/sqlite/doomed_rows.h"

#include <algorithm>
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

// "k0, k1": the columns of a list, as many as tell a row.
std::string Keys(const TableShape& shape) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < shape.Identity().size(); ++i) keys.push_back(absl::StrCat("k", i));
  return absl::StrJoin(keys, ", ");
}

std::string IdentityOf(const TableShape& shape, absl::string_view alias) {
  return absl::StrJoin(shape.Identity(), ", ", [&](std::string* out, const std::string& sql) {
    absl::StrAppend(out, alias, ".", sql);
  });
}

std::string CreateList(const DoomedRows::Table& table) {
  return absl::StrCat("CREATE TEMP TABLE ", table.list, " (", Keys(table.shape),
                      ", generation INTEGER NOT NULL, PRIMARY KEY (", Keys(table.shape),
                      ")) WITHOUT ROWID");
}

std::string MatchOf(const ForeignKey& key) {
  std::vector<std::string> equal;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    equal.push_back(SameKey(absl::StrCat("mig_parent.", QuoteName(key.parent_columns[i])),
                            absl::StrCat("mig_child.", QuoteName(key.columns[i]))));
  }
  return absl::StrJoin(equal, " AND ");
}

}  // namespace

std::string DoomedRows::Condition(const Table& table) {
  return absl::StrCat("(", absl::StrJoin(table.shape.Identity(), ", "), ") IN (SELECT ",
                      Keys(table.shape), " FROM temp.", table.list, ")");
}

absl::Status DoomedRows::Clear(Connection& database) {
  for (const Table& table : tables_) {
    DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat("DROP TABLE temp.", table.list)));
  }
  tables_.clear();
  return absl::OkStatus();
}

const DoomedRows::Table* DoomedRows::Find(const std::string& table) const {
  const auto found = std::find_if(tables_.begin(), tables_.end(), [&](const Table& other) {
    return SameName(other.shape.name, table);
  });
  return found == tables_.end() ? nullptr : &*found;
}

absl::Status DoomedRows::Add(Connection& database, const std::string& table) {
  if (Find(table) != nullptr) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(TableShape shape, ReadTableShape(database, table));
  DAYBOOK_RETURN_IF_ERROR(CheckRowsToldApart(database, shape));
  tables_.push_back(
      {.shape = std::move(shape), .list = absl::StrCat("mig_doomed_", tables_.size())});
  return database.Execute(CreateList(tables_.back()));
}

// Adds the rows of one child table that reference rows which the last round added
// to its parent.
absl::StatusOr<int64_t> DoomedRows::AddChildren(Connection& database, const ForeignKey& key,
                                                int64_t generation) {
  DAYBOOK_RETURN_IF_ERROR(Add(database, key.child));
  const Table& child = *Find(key.child);
  const Table& parent = *Find(key.parent);
  const int64_t before = database.TotalChanges();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat(
      "INSERT OR IGNORE INTO temp.", child.list, " SELECT ", IdentityOf(child.shape, "mig_child"),
      ", ", generation, " FROM ", QuoteName(key.child), " AS mig_child JOIN ",
      QuoteName(key.parent), " AS mig_parent ON ", MatchOf(key), " WHERE (",
      IdentityOf(parent.shape, "mig_parent"), ") IN (SELECT ", Keys(parent.shape), " FROM temp.",
      parent.list, " WHERE generation = ", generation - 1, ")")));
  return database.TotalChanges() - before;
}

absl::StatusOr<bool> DoomedRows::Grow(Connection& database, const std::vector<ForeignKey>& keys,
                                      int64_t generation) {
  bool grew = false;
  for (const ForeignKey& key : keys) {
    const Table* const parent = Find(key.parent);
    if (parent == nullptr || parent->rows == 0 || key.parent_columns.empty()) continue;
    DAYBOOK_ASSIGN_OR_RETURN(const int64_t added, AddChildren(database, key, generation));
    for (Table& table : tables_) {
      if (SameName(table.shape.name, key.child)) table.rows += added;
    }
    grew = grew || added > 0;
  }
  return grew;
}

absl::StatusOr<DoomedRows> DoomedRows::Find(Connection& database, const std::string& table,
                                            const std::string& condition,
                                            const std::vector<ForeignKey>& keys) {
  DoomedRows doomed;
  DAYBOOK_RETURN_IF_ERROR(doomed.Add(database, table));
  Table& first = doomed.tables_[0];
  const int64_t before = database.TotalChanges();
  DAYBOOK_RETURN_IF_ERROR(database.Execute(absl::StrCat(
      "INSERT INTO temp.", first.list, " SELECT ", absl::StrJoin(first.shape.Identity(), ", "),
      ", 0 FROM ", QuoteName(table), " NOT INDEXED WHERE ", condition)));
  first.rows = database.TotalChanges() - before;
  doomed.asked_for_ = first.rows;
  bool grew = true;
  for (int64_t generation = 1; grew; ++generation) {
    DAYBOOK_ASSIGN_OR_RETURN(grew, doomed.Grow(database, keys, generation));
  }
  return doomed;
}

}  // namespace daybook::migrator::sqlite
