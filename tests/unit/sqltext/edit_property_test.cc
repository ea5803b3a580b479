#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/sqltext/edit.h"
#include "migrator/sqltext/name.h"
#include "support/status_matchers.h"
#include "unit/sqltext/sqlite_table.h"
#include "unit/sqltext/table_generator.h"
#include "unit/sqltext/tables.h"

// What must hold for every table, however it is written.

namespace daybook::sqltext {
namespace {

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;

constexpr int kComposedTables = 200;

std::vector<CreateTable> AllTables() {
  std::vector<std::string> texts(HardTables().begin(), HardTables().end());
  TableGenerator generator(3);
  for (int i = 0; i < kComposedTables; ++i) texts.push_back(generator.Next());
  std::vector<CreateTable> tables;
  for (const std::string& text : texts) {
    auto table = CreateTable::Parse(text);
    EXPECT_THAT(table, IsOk()) << text;
    if (table.ok()) tables.push_back(*std::move(table));
  }
  return tables;
}

// All constraints but `left_out`, in order.
std::string ConstraintTexts(const CreateTable& table, const Constraint* left_out = nullptr) {
  std::string texts;
  for (const Constraint* constraint : table.AllConstraints()) {
    if (constraint != left_out) absl::StrAppend(&texts, table.Text(constraint->range), " ");
  }
  return texts;
}

// The edited table as SQLite describes it, which is also as its text does.
Description DescribedBySqlite(Sqlite& sqlite, const CreateTable& table) {
  SCOPED_TRACE(absl::StrCat("edited: ", table.sql()));
  const absl::Status status = sqlite.Make(table.sql());
  EXPECT_THAT(status, IsOk());
  Description description;
  if (status.ok()) description = sqlite.Describe(table.name());
  EXPECT_EQ(description, Describe(table));
  sqlite.Forget();
  return description;
}

TEST(EditProperty, AnAddedConstraintLeavesNoTrace) {
  for (const CreateTable& table : AllTables()) {
    SCOPED_TRACE(table.sql());
    for (const std::string sql :
         {"CONSTRAINT zz CHECK (1 -- )\n > 0)", "CHECK (1)", "UNIQUE (\"a\") ON CONFLICT FAIL",
          "CONSTRAINT \"z z\"FOREIGN KEY (a)REFERENCES p"}) {
      const auto more = WithTableConstraint(table, sql);
      ASSERT_THAT(more, IsOk());
      EXPECT_EQ(more->Text(more->constraints().back().range), sql);
      EXPECT_EQ(more->constraints().size(), table.constraints().size() + 1);

      const auto back = WithoutConstraint(*more, more->constraints().back());
      ASSERT_THAT(back, IsOk());
      EXPECT_EQ(back->sql(), table.sql());
    }
  }
}

TEST(EditProperty, AnAddedColumnLeavesNoTrace) {
  for (const CreateTable& table : AllTables()) {
    SCOPED_TRACE(table.sql());
    for (const std::string sql :
         {"zz", "\"zz\"INT DEFAULT ', )' CHECK (zz > 0)", "zz TEXT REFERENCES p ON DELETE CASCADE",
          "[zz] /* , */ NUMERIC (1, 2) -- )\n NOT NULL", "zz CONSTRAINT x"}) {
      const auto more = WithColumn(table, sql);
      ASSERT_THAT(more, IsOk());
      EXPECT_EQ(more->Text(more->columns().back().range), sql);
      EXPECT_EQ(more->columns().size(), table.columns().size() + 1);
      EXPECT_EQ(more->constraints().size(), table.constraints().size());

      const auto back = WithoutColumn(*more, "ZZ");
      ASSERT_THAT(back, IsOk());
      EXPECT_EQ(back->sql(), table.sql());
    }
  }
}

// How many rows of nothing but defaults the table takes: one or none.
int64_t RowsTaken(const CreateTable& table, absl::Status* status) {
  Sqlite sqlite;
  EXPECT_THAT(sqlite.connection().Execute(table.sql()), IsOk());
  const std::string name = QuoteName(table.name());
  *status = sqlite.connection().Execute(absl::StrCat("INSERT INTO ", name, " DEFAULT VALUES"));
  return sqlite.connection().QueryInteger(absl::StrCat("SELECT count(*) FROM ", name)).value();
}

TEST(EditProperty, SqliteEnforcesAnAddedCheck) {
  int enforced = 0;
  for (const CreateTable& table : AllTables()) {
    SCOPED_TRACE(table.sql());
    const auto more = WithTableConstraint(table, "CONSTRAINT zz CHECK (NOT 1)");
    ASSERT_THAT(more, IsOk());

    absl::Status status;
    if (RowsTaken(table, &status) == 0) continue;
    EXPECT_EQ(RowsTaken(*more, &status), 0);
    EXPECT_TRUE(absl::EndsWith(status.message(), "CHECK constraint failed: zz")) << status;
    ++enforced;
  }
  EXPECT_GT(enforced, 100);
}

TEST(EditProperty, SqliteFindsAnAddedColumnBehindTheOthers) {
  Sqlite sqlite;
  for (const CreateTable& table : AllTables()) {
    SCOPED_TRACE(table.sql());
    const auto more = WithColumn(table, "\"z z\" TEXT DEFAULT '' NOT NULL");
    ASSERT_THAT(more, IsOk());

    Description expected = Describe(table);
    expected.columns.emplace_back("z z|filled|''|0|0");
    expected.types.emplace_back("TEXT");
    EXPECT_EQ(DescribedBySqlite(sqlite, *more), expected);
  }
}

TEST(EditProperty, SqliteFindsARenamedTable) {
  Sqlite sqlite;
  for (const CreateTable& table : AllTables()) {
    SCOPED_TRACE(table.sql());
    const auto renamed = WithName(table, "it's \"new\"");
    ASSERT_THAT(renamed, IsOk());

    EXPECT_EQ(renamed->name(), "it's \"new\"");
    EXPECT_EQ(DescribedBySqlite(sqlite, *renamed), Describe(table));
  }
}

TEST(EditProperty, WithoutAConstraintAllOthersStay) {
  Sqlite sqlite;
  int edited = 0;
  for (const CreateTable& table : AllTables()) {
    for (const Constraint* constraint : table.AllConstraints()) {
      SCOPED_TRACE(absl::StrCat(table.Text(constraint->range), " of ", table.sql()));
      const auto less = WithoutConstraint(table, *constraint);
      if (!less.ok()) {
        EXPECT_TRUE(absl::StrContains(less.status().message(), "stands apart"));
        continue;
      }
      ++edited;
      EXPECT_EQ(ConstraintTexts(*less), ConstraintTexts(table, constraint));
      const bool is_needed =
          constraint->kind == ConstraintKind::kPrimaryKey && table.without_rowid();
      if (!is_needed) DescribedBySqlite(sqlite, *less);
    }
  }
  EXPECT_GT(edited, 400);
}

TEST(EditProperty, WithoutAColumnAllOthersStay) {
  Sqlite sqlite;
  int edited = 0;
  for (const CreateTable& table : AllTables()) {
    for (const Column& column : table.columns()) {
      SCOPED_TRACE(absl::StrCat(column.name, " of ", table.sql()));
      const auto less = WithoutColumn(table, column.name);
      if (!less.ok()) {
        EXPECT_THAT(less, HasCode(absl::StatusCode::kInvalidArgument));
        continue;
      }
      ++edited;
      EXPECT_EQ(less->columns().size(), table.columns().size() - 1);
      EXPECT_EQ(less->constraints().size(), table.constraints().size());
      EXPECT_EQ(less->FindColumn(column.name), nullptr);
      const bool only_generated_stay =
          std::all_of(less->columns().begin(), less->columns().end(),
                      [](const Column& other) { return other.generated != Generated::kNo; });
      if (!only_generated_stay) DescribedBySqlite(sqlite, *less);
    }
  }
  EXPECT_GT(edited, 300);
}

TEST(EditProperty, SqliteFindsTheActionsThatAForeignKeyWasGiven) {
  Sqlite sqlite;
  int edited = 0;
  for (const CreateTable& table : AllTables()) {
    const auto keys = table.ForeignKeys();
    for (size_t i = 0; i < keys.size(); ++i) {
      SCOPED_TRACE(absl::StrCat(table.Text(keys[i]->range), " of ", table.sql()));
      for (const auto& [on_delete, on_update] :
           {std::pair(FkAction::kSetNull, FkAction::kCascade),
            std::pair(FkAction::kNone, FkAction::kRestrict),
            std::pair(FkAction::kSetDefault, FkAction::kNone),
            std::pair(FkAction::kNone, FkAction::kNone),
            std::pair(FkAction::kNoAction, FkAction::kNoAction)}) {
        const auto changed = WithForeignKeyActions(table, *keys[i], on_delete, on_update);
        ASSERT_THAT(changed, IsOk());
        ++edited;
        EXPECT_EQ(changed->ForeignKeys()[i]->on_delete, on_delete);
        EXPECT_EQ(changed->ForeignKeys()[i]->on_update, on_update);
        EXPECT_EQ(changed->ForeignKeys()[i]->deferrable, keys[i]->deferrable);
        DescribedBySqlite(sqlite, *changed);
      }
    }
  }
  EXPECT_GT(edited, 400);
}

TEST(EditProperty, NotNullComesAndGoes) {
  Sqlite sqlite;
  for (const CreateTable& table : AllTables()) {
    for (const Column& column : table.columns()) {
      SCOPED_TRACE(absl::StrCat(column.name, " of ", table.sql()));
      const auto filled = WithNotNull(table, column.name);
      ASSERT_THAT(filled, IsOk());
      const auto nullable = WithoutNotNull(*filled, column.name);
      ASSERT_THAT(nullable, IsOk());

      const auto is_not_null = [](const Constraint& constraint) {
        return constraint.kind == ConstraintKind::kNotNull;
      };
      const auto& filled_constraints = filled->FindColumn(column.name)->constraints;
      const auto& free_constraints = nullable->FindColumn(column.name)->constraints;
      EXPECT_TRUE(std::any_of(filled_constraints.begin(), filled_constraints.end(), is_not_null));
      EXPECT_TRUE(std::none_of(free_constraints.begin(), free_constraints.end(), is_not_null));
      DescribedBySqlite(sqlite, *filled);
      DescribedBySqlite(sqlite, *nullable);
    }
  }
}

TEST(EditProperty, AnExpressionIsReplacedWhereverItStands) {
  Sqlite sqlite;
  for (const CreateTable& table : AllTables()) {
    const auto checks = table.Checks();
    for (size_t i = 0; i < checks.size(); ++i) {
      SCOPED_TRACE(absl::StrCat(table.Text(checks[i]->range), " of ", table.sql()));
      const auto changed = WithExpression(table, *checks[i], "7 -- )\n <> 8");
      ASSERT_THAT(changed, IsOk());
      EXPECT_EQ(changed->Text(changed->Checks()[i]->expression), "7 -- )\n <> 8");
      EXPECT_EQ(DescribedBySqlite(sqlite, *changed), Describe(table));
    }
  }
}

}  // namespace
}  // namespace daybook::sqltext
