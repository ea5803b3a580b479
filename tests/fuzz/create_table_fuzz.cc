#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "fuzz_target.h"
#include "migrator/sqltext/create_table.h"
#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/names_in.h"

namespace {

using daybook::sqltext::Column;
using daybook::sqltext::Constraint;
using daybook::sqltext::ConstraintKind;
using daybook::sqltext::CreateTable;
using daybook::sqltext::FkAction;
using daybook::sqltext::Range;

constexpr char kCheck[] = "CONSTRAINT \"new one\" CHECK (1 -- )\n)";
constexpr char kColumn[] = "\"new one\" INT DEFAULT ',' /* ) */ NOT NULL";
constexpr size_t kMaxTriedApart = 2'000;

void Expect(bool holds) {
  if (!holds) std::abort();
}

// Goes through ranges that must lie in one another or follow one another.
void ExpectWithin(Range inner, Range outer) {
  Expect(outer.begin <= inner.begin && inner.begin <= inner.end && inner.end <= outer.end);
}

void CheckConstraint(const CreateTable& table, const Constraint& constraint) {
  if (!constraint.expression.empty()) ExpectWithin(constraint.expression, constraint.range);
  for (const Range clause : constraint.on_delete_ranges) ExpectWithin(clause, constraint.range);
  for (const Range clause : constraint.on_update_ranges) ExpectWithin(clause, constraint.range);
  (void)daybook::sqltext::NamesIn(table.Text(constraint.expression));
}

void CheckRanges(const CreateTable& table) {
  ExpectWithin(table.body(), {.begin = 0, .end = table.sql().size()});
  Range rest = table.body();
  for (const Column& column : table.columns()) {
    ExpectWithin(column.range, rest);
    ExpectWithin(column.head, column.range);
    ExpectWithin(column.name_range, column.head);
    rest.begin = column.range.end;
    Range own{.begin = column.head.end, .end = column.range.end};
    for (const Constraint& constraint : column.constraints) {
      ExpectWithin(constraint.range, own);
      own.begin = constraint.range.end;
      CheckConstraint(table, constraint);
    }
  }
  for (const Constraint& constraint : table.constraints()) {
    ExpectWithin(constraint.range, rest);
    rest.begin = constraint.range.end;
    CheckConstraint(table, constraint);
  }
}

// What is added and taken away again leaves the text as it was.
void CheckRoundTrips(const CreateTable& table) {
  const auto with_check = WithTableConstraint(table, kCheck);
  Expect(with_check.ok() && with_check->constraints().size() == table.constraints().size() + 1);
  const auto without_check = WithoutConstraint(*with_check, with_check->constraints().back());
  Expect(without_check.ok() && without_check->sql() == table.sql());

  const auto with_column = WithColumn(table, kColumn);
  Expect(with_column.ok() && with_column->columns().size() == table.columns().size() + 1);
  if (table.FindColumn("new one") == nullptr) {
    const auto without_column = WithoutColumn(*with_column, "new one");
    const bool is_mentioned =
        absl::IsInvalidArgument(without_column.status());  // by a check of the table
    Expect(is_mentioned || (without_column.ok() && without_column->sql() == table.sql()));
  }
  const auto renamed = daybook::sqltext::WithName(table, "n\"ew");
  Expect(renamed.ok() && renamed->name() == "n\"ew" && renamed->qualifier_range().empty());
}

// The edits of single parts give a table with that part changed, or say why not.
void CheckParts(const CreateTable& table) {
  const size_t constraints = table.AllConstraints().size();
  for (const Constraint* constraint : table.AllConstraints()) {
    const auto less = WithoutConstraint(table, *constraint);
    Expect(less.ok() ? less->AllConstraints().size() <= constraints
                     : absl::IsInvalidArgument(less.status()));
    if (constraint->kind != ConstraintKind::kForeignKey) continue;
    const auto changed =
        WithForeignKeyActions(table, *constraint, FkAction::kSetNull, FkAction::kNone);
    Expect(changed.ok() && changed->AllConstraints().size() == constraints);
  }
  for (const Column& column : table.columns()) {
    const auto less = WithoutColumn(table, column.name);
    Expect(less.ok() ? less->columns().size() + 1 == table.columns().size()
                     : absl::IsInvalidArgument(less.status()));
    const auto filled = WithNotNull(table, column.name);
    Expect(filled.ok() && filled->columns().size() == table.columns().size());
  }
}

}  // namespace

// Whatever the text, it is refused, or read into parts that lie where they are
// said to lie and can be edited one by one.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto table = CreateTable::Parse(std::string(reinterpret_cast<const char*>(data), size));
  if (!table.ok()) {
    Expect(absl::IsInvalidArgument(table.status()));
    return 0;
  }
  CheckRanges(*table);
  CheckRoundTrips(*table);
  if (size <= kMaxTriedApart) CheckParts(*table);
  return 0;
}
