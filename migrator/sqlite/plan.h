#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daybook/migration/v1/migration.pb.h"
#include "migrator/sqlite/foreign_keys.h"
#include "migrator/sqlite/schema_model.h"
#include "migrator/sqltext/constraint.h"

namespace daybook::migrator::sqlite {

// What a migration will do to a database, worked out from its schema before
// anything is touched. Actions run in order, inside one transaction.

// Looks for the rows that a new constraint would refuse, and does with them what
// the migration says.
struct Mend {
  int step = 0;
  std::string table;
  std::string constraint;
  std::string column = {};  // "" where the policy changes no column
  std::string violation;    // SQL over a row: true where it breaks the constraint
  // The foreign key that the constraint is, where it is one.
  std::optional<ForeignKey> key = {};
  migration::v1::OnViolation policy;
  uint32_t max_chars = 0;  // how many a truncation leaves
  std::string clamp = {};  // SQL over a row: the nearest value allowed
  // Whether it can be told before the migration: not where an earlier step makes
  // the table, or a column that the violation is about.
  bool can_be_counted = true;
  // Whether the constraint comes back because a migration is taken back.
  bool is_old = false;
  // Whether it may find no such row: it would touch rows that matter, and nobody
  // has approved that.
  bool is_unapproved = false;
};

// Gives a column values, and keeps what was there.
struct Fill {
  int step = 0;
  std::string table;
  std::string column;
  std::string value;  // SQL over a row
  std::string where;  // SQL over a row
};

// Puts the rows that a step changed or set aside back, as they were.
struct PutBack {
  int step = 0;
};

// Runs statements that a migration wrote itself.
struct RunScript {
  int step = 0;
  std::string sql;
};

// Brings a table to another shape.
struct Reshape {
  // The table is written anew, row by row; or only its text is changed, where
  // that changes nothing of what is stored.
  enum class Method { kRebuild, kEdit };

  SchemaObject before;
  SchemaObject after;
  Method method = Method::kRebuild;
  // Values of new columns, as SQL over the row as it was; the default where a
  // column is not in it.
  std::map<std::string, std::string> new_values = {};
  // New columns that get back what a step archived of them, and which step.
  std::map<std::string, int> restored = {};
};

struct Create {
  SchemaObject object;
};

struct Drop {
  SchemaObject object;
};

// Keeps a copy of a table, or of one of its columns, before it goes.
struct Archive {
  int step = 0;
  std::string table;
  std::string column = {};  // "" for the whole table
  std::string unless = {};  // SQL: the values that need not be kept; "" keeps all
};

// Puts what was kept last back into a table that is there again, or into a column
// whose values a Fill replaced.
struct Restore {
  int step = 0;
  std::string table;
  std::string column = {};
};

using Action =
    std::variant<Mend, Fill, PutBack, RunScript, Reshape, Create, Drop, Archive, Restore>;

// A CHECK that must hold and be enforced.
struct CheckToProve {
  std::string table;
  std::string name;
  std::string condition;  // SQL over a row
  migration::v1::AddCheck declared;
};

// A column that must not be NULL.
struct NotNullToProve {
  std::string table;
  std::string column;
};

// A foreign key that must hold and be enforced.
struct ForeignKeyToProve {
  std::string table;
  std::vector<std::string> columns;
  std::string parent;
  sqltext::FkAction on_delete = sqltext::FkAction::kNone;
  sqltext::FkAction on_update = sqltext::FkAction::kNone;
};

struct Plan {
  enum class Strategy { kSingleTransaction, kSchemaEdit, kBlueGreen };

  int version = 0;
  bool is_down = false;
  Strategy strategy = Strategy::kSingleTransaction;
  SchemaModel before = {};
  SchemaModel after = {};
  std::vector<Action> actions = {};
  std::vector<CheckToProve> checks = {};
  std::vector<NotNullToProve> not_nulls = {};
  std::vector<ForeignKeyToProve> foreign_keys = {};
  // What each step changes of the schema, for the history.
  std::vector<migration::v1::StepRecord> records = {};
  // Tables whose rows a script changes, so that nothing can be said of them.
  std::vector<std::string> freely_changed = {};
};

}  // namespace daybook::migrator::sqlite
