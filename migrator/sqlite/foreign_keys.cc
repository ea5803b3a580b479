#include "migrator/sqlite/foreign_keys.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "migrator/sqlite/table_shape.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;
using ::daybook::sqltext::QuoteName;

constexpr char kSelectKeys[] =
    "SELECT id, \"table\", \"from\", \"to\", on_update, on_delete FROM pragma_foreign_key_list(?1)"
    " ORDER BY id, seq";

absl::Status ReadKeysOf(Connection& database, const std::string& child,
                        std::vector<ForeignKey>& keys) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, database.Prepare(kSelectKeys));
  select.BindText(1, child);
  int64_t last_id = -1;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    if (select.Integer(0) != last_id) {
      keys.push_back({.child = child,
                      .parent = select.Text(1),
                      .on_delete = select.Text(5),
                      .on_update = select.Text(4)});
      last_id = select.Integer(0);
    }
    keys.back().columns.push_back(select.Text(2));
    if (!select.IsNull(3)) keys.back().parent_columns.push_back(select.Text(3));
  }
}

absl::Status CompleteParentColumns(Connection& database, ForeignKey& key) {
  if (key.parent_columns.empty()) {
    absl::StatusOr<TableShape> parent = ReadTableShape(database, key.parent);
    if (absl::IsNotFound(parent.status())) return absl::OkStatus();
    if (!parent.ok()) return parent.status();
    key.parent_columns = std::move(parent->key);
  }
  if (key.parent_columns.size() != key.columns.size()) key.parent_columns.clear();
  return absl::OkStatus();
}

// One table at a time: the check of all gives up at a key that cannot be checked,
// such as one to columns that are not unique. That counts as a violation itself.
absl::Status AddViolations(Connection& database, const std::string& table,
                           std::multiset<std::string>& violations) {
  absl::StatusOr<Statement> select =
      database.Prepare(absl::StrCat("PRAGMA foreign_key_check(", QuoteName(table), ")"));
  if (absl::IsInternal(select.status())) {
    violations.insert(database.LastRefusal().message);
    return absl::OkStatus();
  }
  if (!select.ok()) return select.status();
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
    if (!has_row) return absl::OkStatus();
    violations.insert(absl::StrCat(select->Bytes(0), " row ", select->Integer(1),
                                   " names a row of ", select->Bytes(2), " that is not there"));
  }
}

}  // namespace

absl::StatusOr<std::vector<ForeignKey>> ForeignKeys(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, TableNames(database));
  std::vector<ForeignKey> keys;
  for (const std::string& table : tables) {
    DAYBOOK_RETURN_IF_ERROR(ReadKeysOf(database, table, keys));
  }
  for (ForeignKey& key : keys) DAYBOOK_RETURN_IF_ERROR(CompleteParentColumns(database, key));
  return keys;
}

std::string SameKey(const std::string& parent_column, const std::string& child_column) {
  return absl::StrCat(parent_column, " = +", child_column);
}

std::string OrphanCondition(const ForeignKey& key) {
  if (key.parent_columns.empty()) return "0";
  std::vector<std::string> present;
  std::vector<std::string> equal;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    const std::string column = absl::StrCat(QuoteName(key.child), ".", QuoteName(key.columns[i]));
    present.push_back(absl::StrCat(column, " IS NOT NULL"));
    equal.push_back(SameKey(absl::StrCat("mig_parent.", QuoteName(key.parent_columns[i])), column));
  }
  return absl::StrCat(absl::StrJoin(present, " AND "), " AND NOT EXISTS (SELECT 1 FROM ",
                      QuoteName(key.parent), " AS mig_parent WHERE ", absl::StrJoin(equal, " AND "),
                      ")");
}

absl::StatusOr<std::multiset<std::string>> ForeignKeyViolations(Connection& database) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> tables, TableNames(database));
  std::multiset<std::string> violations;
  for (const std::string& table : tables) {
    DAYBOOK_RETURN_IF_ERROR(AddViolations(database, table, violations));
  }
  return violations;
}

}  // namespace daybook::migrator::sqlite
