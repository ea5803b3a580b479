#include "migrator/sqltext/create_table.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/constraint_parser.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/token_cursor.h"

namespace daybook::sqltext {

class CreateTable::Parser {
 public:
  explicit Parser(CreateTable& table) : table_(table), cursor_(table.sql_) {}

  absl::Status Parse() {
    DAYBOOK_RETURN_IF_ERROR(ParseHead());
    DAYBOOK_RETURN_IF_ERROR(cursor_.Expect("("));
    table_.body_.begin = cursor_.last_end();
    do {
      DAYBOOK_RETURN_IF_ERROR(ParseColumn());
    } while (cursor_.Take(",") && !AtTableConstraint());
    while (!cursor_.At(")")) DAYBOOK_RETURN_IF_ERROR(ParseListed());
    table_.body_.end = cursor_.begin();
    DAYBOOK_RETURN_IF_ERROR(cursor_.Expect(")"));
    return ParseOptions();
  }

 private:
  absl::Status ParseHead() {
    DAYBOOK_RETURN_IF_ERROR(cursor_.Expect("CREATE"));
    if (cursor_.At("VIRTUAL")) {
      return absl::InvalidArgumentError(
          "a virtual table has no columns or constraints of its own in its text; only its module "
          "can change it");
    }
    table_.is_temporary_ = cursor_.Take("TEMP") || cursor_.Take("TEMPORARY");
    DAYBOOK_RETURN_IF_ERROR(cursor_.Expect("TABLE"));
    if (cursor_.Take("IF")) {
      DAYBOOK_RETURN_IF_ERROR(cursor_.Expect("NOT"));
      DAYBOOK_RETURN_IF_ERROR(cursor_.Expect("EXISTS"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(Token name, cursor_.TakeName("the name of a table"));
    if (cursor_.Take(".")) {
      table_.qualifier_range_ = {.begin = name.begin, .end = cursor_.last_end()};
      DAYBOOK_ASSIGN_OR_RETURN(name, cursor_.TakeName("the name of a table"));
    }
    table_.name_ = Unquote(cursor_.Text(name));
    table_.name_range_ = {.begin = name.begin, .end = name.end};
    if (!cursor_.At("AS")) return absl::OkStatus();
    return absl::InvalidArgumentError(
        "CREATE TABLE … AS SELECT has no list of columns to read; write one (SQLite stores such a "
        "table with the columns that the SELECT gave it)");
  }

  bool AtTableConstraint() const {
    return cursor_.At("CONSTRAINT") || cursor_.At("PRIMARY") || cursor_.At("UNIQUE") ||
           cursor_.At("CHECK") || cursor_.At("FOREIGN");
  }

  absl::Status ParseColumn() {
    Column& column = table_.columns_.emplace_back();
    DAYBOOK_ASSIGN_OR_RETURN(const Token name, cursor_.TakeName("the name of a column"));
    column.name = Unquote(cursor_.Text(name));
    column.name_range = {.begin = name.begin, .end = name.end};
    DAYBOOK_RETURN_IF_ERROR(ParseType(column));
    column.head = {.begin = name.begin, .end = cursor_.last_end()};
    last_name_.reset();
    while (!cursor_.At(",") && !cursor_.At(")")) {
      const size_t before = column.constraints.size();
      DAYBOOK_RETURN_IF_ERROR(ParseConstraint(ParseColumnConstraint, column.constraints));
      if (column.constraints.size() > before) Settle(column, column.constraints.back());
    }
    column.range = {.begin = name.begin, .end = cursor_.last_end()};
    return absl::OkStatus();
  }

  absl::Status ParseType(Column& column) {
    const size_t begin = cursor_.begin();
    // GENERATED is a word of the type, unless ALWAYS AS follows.
    while (cursor_.AtTypeWord() && !AtGenerated())
      DAYBOOK_RETURN_IF_ERROR(cursor_.TakeName("a type").status());
    if (cursor_.begin() == begin) return absl::OkStatus();
    if (cursor_.Take("(")) {
      do {
        if (!cursor_.Take("+")) cursor_.Take("-");
        if (!cursor_.AtKind(TokenKind::kNumber)) return cursor_.Expected("a number");
        DAYBOOK_RETURN_IF_ERROR(cursor_.TakeAny("a number").status());
      } while (cursor_.Take(","));
      DAYBOOK_RETURN_IF_ERROR(cursor_.Expect(")"));
    }
    column.type = std::string(cursor_.Text(Range{.begin = begin, .end = cursor_.last_end()}));
    return absl::OkStatus();
  }

  bool AtGenerated() const {
    return cursor_.At("GENERATED") && cursor_.At("ALWAYS", 1) && cursor_.At("AS", 2);
  }

  // One of the constraints behind the columns, or the comma before the next.
  absl::Status ParseListed() {
    if (cursor_.Take(",")) {
      last_name_.reset();
      if (!AtTableConstraint()) return cursor_.Expected("a constraint of the table");
    }
    return ParseConstraint(ParseTableConstraint, table_.constraints_);
  }

  // A constraint with its names, of which the last counts; or names alone.
  absl::Status ParseConstraint(absl::StatusOr<Constraint> (*parse)(TokenCursor&),
                               std::vector<Constraint>& constraints) {
    const size_t begin = cursor_.begin();
    const bool is_named = cursor_.At("CONSTRAINT");
    while (cursor_.Take("CONSTRAINT")) {
      DAYBOOK_ASSIGN_OR_RETURN(const Token name, cursor_.TakeName("the name of a constraint"));
      last_name_ = Unquote(cursor_.Text(name));
    }
    if (is_named && (cursor_.At(",") || cursor_.At(")"))) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(Constraint constraint, parse(cursor_));
    constraint.range.begin = begin;
    if (is_named) constraint.name = *last_name_;
    if (constraint.kind == ConstraintKind::kCheck && last_name_) {
      constraint.failure_name = *last_name_;
    }
    constraints.push_back(std::move(constraint));
    return absl::OkStatus();
  }

  // Tells the column what its constraint says of it, and the reverse.
  void Settle(Column& column, Constraint& constraint) {
    constraint.columns = {column.name};
    if (constraint.kind == ConstraintKind::kGenerated) {
      column.generated = constraint.is_stored ? Generated::kStored : Generated::kVirtual;
    }
    if (constraint.kind == ConstraintKind::kForeignKey) {
      last_key_ = {table_.columns_.size() - 1, column.constraints.size() - 1};
    }
    if (constraint.kind == ConstraintKind::kDeferrable && last_key_) {
      Constraint& key = table_.columns_[last_key_->first].constraints[last_key_->second];
      key.deferrable = constraint.deferrable;
      key.initially_deferred = constraint.initially_deferred;
    }
  }

  absl::Status ParseOptions() {
    // SQLite also takes a comma before the first.
    const bool has_first = !cursor_.AtEnd() && !cursor_.At(";") && !cursor_.At(",");
    if (has_first) DAYBOOK_RETURN_IF_ERROR(ParseOption());
    while (cursor_.Take(",")) DAYBOOK_RETURN_IF_ERROR(ParseOption());
    cursor_.Take(";");
    return cursor_.AtEnd() ? absl::OkStatus() : cursor_.Expected("the end");
  }

  absl::Status ParseOption() {
    if (cursor_.Take("WITHOUT")) {
      table_.without_rowid_ = true;
      return cursor_.Expect("ROWID");
    }
    table_.strict_ = true;
    return cursor_.Take("STRICT") ? absl::OkStatus()
                                  : cursor_.Expected("WITHOUT ROWID, STRICT or the end");
  }

  CreateTable& table_;
  TokenCursor cursor_;
  // As SQLite has it: the name after the last CONSTRAINT in this column, or since
  // the last comma between two constraints of the table.
  std::optional<std::string> last_name_;
  // The column's own foreign key that was read last: the places of the column and
  // of the constraint in it. A DEFERRABLE that stands alone belongs to it.
  std::optional<std::pair<size_t, size_t>> last_key_;
};

absl::StatusOr<CreateTable> CreateTable::Parse(std::string sql) {
  CreateTable table;
  table.sql_ = std::move(sql);
  const absl::Status status = Parser(table).Parse();
  if (status.ok()) return table;
  return absl::InvalidArgumentError(
      absl::StrCat("not a CREATE TABLE that can be read: ", status.message()));
}

absl::string_view CreateTable::Text(Range range) const {
  return absl::string_view(sql_).substr(range.begin, range.end - range.begin);
}

std::vector<const Constraint*> CreateTable::AllConstraints() const {
  std::vector<const Constraint*> all;
  for (const Column& column : columns_) {
    for (const Constraint& constraint : column.constraints) all.push_back(&constraint);
  }
  for (const Constraint& constraint : constraints_) all.push_back(&constraint);
  return all;
}

std::vector<const Constraint*> CreateTable::AllOf(ConstraintKind kind) const {
  std::vector<const Constraint*> all = AllConstraints();
  std::erase_if(all, [kind](const Constraint* constraint) { return constraint->kind != kind; });
  return all;
}

const Column* CreateTable::FindColumn(absl::string_view name) const {
  for (const Column& column : columns_) {
    if (SameName(column.name, name)) return &column;
  }
  return nullptr;
}

const Constraint* CreateTable::FindConstraint(absl::string_view name) const {
  for (const Constraint* constraint : AllConstraints()) {
    if (!name.empty() && SameName(constraint->name, name)) return constraint;
  }
  return nullptr;
}

}  // namespace daybook::sqltext
