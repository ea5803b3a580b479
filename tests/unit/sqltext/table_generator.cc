#include "unit/sqltext/table_generator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "migrator/sqltext/token.h"

namespace daybook::sqltext {
namespace {

const std::vector<std::string>& Names() {
  static const auto* const names = new std::vector<std::string>{
      "a",    "Balance", "\"two words\"", "[br,]", "`ba``ck`", "'str)'", "key",  "\"se\"\"lect\"",
      "한글", "_x$",     "generated",     "end",   "left",     "always", "as_1", "\"--\"",
      "\"\"", "replace", "[/*]",          "no"};
  return *names;
}

const std::vector<std::string>& OddTokens() {
  static const auto* const tokens = new std::vector<std::string>{
      "(",          ")",         ",",      "CONSTRAINT", "CHECK",       "NOT",
      "NULL",       "PRIMARY",   "KEY",    "UNIQUE",     "DEFAULT",     "COLLATE",
      "REFERENCES", "FOREIGN",   "ALWAYS", "GENERATED",  "AS",          "ON",
      "CONFLICT",   "DELETE",    "SET",    "STRICT",     "WITHOUT",     "ROWID",
      "DEFERRABLE", "INITIALLY", "MATCH",  "left",       "select",      "'x'",
      "\"y\"",      "5",         "-",      "+",          ".",           "/*",
      "*/",         "--",        "'",      "\"",         "[",           "x'",
      "DESC",       "NULLS",     "FIRST",  "INDEXED",    "STORED",      "AUTOINCREMENT",
      "TEMP",       "IF",        "EXISTS", "\v",         "\xEF\xBB\xBF"};
  return *tokens;
}

bool WouldJoin(const std::string& sql, const std::string& token) {
  if (sql.empty()) return false;
  const bool is_quote = sql.back() == '\'' || sql.back() == '"' || sql.back() == '`';
  return (IsWordByte(sql.back()) && IsWordByte(token.front())) ||
         (is_quote && sql.back() == token.front());
}

}  // namespace

void TableGenerator::Add(const std::string& words) {
  for (const absl::string_view word : absl::StrSplit(words, ' ', absl::SkipEmpty())) {
    tokens_.emplace_back(word);
  }
}

std::string TableGenerator::Column() { return OneOf(columns_); }

void TableGenerator::AddName() {
  while (Chance(40)) {
    Add("CONSTRAINT");
    tokens_.push_back(OneOf(Names()));
  }
}

void TableGenerator::AddConflict() {
  if (Chance(30)) Add("ON CONFLICT " + conflict_);
}

void TableGenerator::AddReferences() {
  Add("REFERENCES");
  Add(OneOf({"p", "\"p\"", "[p]", "P"}));
  while (Chance(50)) {
    Add("ON " + OneOf({"DELETE ", "UPDATE ", "delete ", "INSERT "}) +
        OneOf({"CASCADE", "SET NULL", "set default", "NO ACTION", "RESTRICT"}));
  }
  if (Chance(10)) Add("MATCH FULL");
  if (Chance(20))
    Add(OneOf({"NOT DEFERRABLE", "DEFERRABLE", "DEFERRABLE INITIALLY IMMEDIATE",
               "DEFERRABLE INITIALLY DEFERRED"}));
}

void TableGenerator::AddColumnConstraint() {
  AddName();
  switch (Below(8)) {
    case 0:
      Add("NOT NULL");
      return AddConflict();
    case 1:
      Add("UNIQUE");
      return AddConflict();
    case 2:
      Add("CHECK (");
      tokens_.push_back(columns_.back()[0] == '\'' ? "1" : columns_.back());
      return Add(OneOf({"IS NOT ')' )", "<> 5 )", "IN ( 1 , '--' , x'00' ) )"}));
    case 3:
      return Add("DEFAULT " + OneOf({"1", "- 1", "+ .5", "'it''s'", "NULL", "x'00'",
                                     "( 1 + ( 2 ) )", "word", "CURRENT_TIME", "\"q\""}));
    case 4:
      return Add("COLLATE " + OneOf({"NOCASE", "'rtrim'", "\"binary\""}));
    case 5:
      return AddReferences();
    case 6:
      Add("NULL");
      return AddConflict();
    default:
      if (has_key_) return Add("NULL");
      has_key_ = true;
      Add("PRIMARY KEY" + OneOf({"", " ASC", " DESC"}));
      return AddConflict();
  }
}

void TableGenerator::AddColumn(const std::string& name) {
  const bool is_generated = !columns_.empty() && Chance(12);
  const std::string source = columns_.empty() ? "" : Column();
  columns_.push_back(name);
  tokens_.push_back(name);
  Add(OneOf({"", "", "INT", "TEXT", "\"ty,pe\"", "DECIMAL ( 10 , + 2 )", "DOUBLE PRECISION",
             "'x' y", "VARCHAR ( 9 )", "INTEGER"}));
  if (is_generated) {
    // With a comment in between, SQLite shows these words as part of the type.
    if (Chance(50)) tokens_.emplace_back("GENERATED ALWAYS");
    Add("AS (");
    tokens_.push_back(source[0] == '\'' ? "1" : source);
    Add(OneOf({")", ") STORED", "|| ')' ) VIRTUAL"}));
    if (Chance(30)) Add("UNIQUE");
    return;
  }
  while (Chance(45)) AddColumnConstraint();
  AddName();
}

void TableGenerator::AddTableConstraint() {
  AddName();
  switch (Below(4)) {
    case 0:
      Add("CHECK ( " + OneOf({"1", "'a' <> ')'", "( ( 2 ) )", "x'' IS NOT 5"}) + " )");
      return AddConflict();
    case 1:
      Add("UNIQUE (");
      tokens_.push_back(Column());
      Add(OneOf({")", "DESC )", "COLLATE nocase )"}));
      return AddConflict();
    case 2:
      Add("FOREIGN KEY (");
      tokens_.push_back(Column());
      Add(")");
      return AddReferences();
    default:
      if (has_key_) return Add("CHECK ( 3 )");
      has_key_ = true;
      Add("PRIMARY KEY (");
      tokens_.push_back(columns_.front());
      Add(")");
      return AddConflict();
  }
}

std::string TableGenerator::Joined() {
  std::string sql;
  const bool is_tight = Chance(30);
  const bool has_comments = Chance(50);
  const bool has_lines = Chance(50);
  for (const std::string& token : tokens_) {
    std::string gap = is_tight ? "" : " ";
    if (has_lines && Chance(25)) gap = OneOf({"\n  ", "\r\n\t", "\n\n"});
    if (has_comments && Chance(15)) {
      gap = OneOf({"/* , */", " -- )\n", " /* ' */ ", "--\r\n ", "\n  -- line\n  ", "/**/\n/**/"});
    }
    absl::StrAppend(&sql, gap.empty() && WouldJoin(sql, token) ? " " : gap, token);
  }
  return sql;
}

std::string TableGenerator::Next() {
  columns_.clear();
  tokens_.clear();
  has_key_ = false;
  conflict_ = OneOf({"ABORT", "fail", "IGNORE", "REPLACE", "ROLLBACK"});
  Add("CREATE TABLE");
  tokens_.push_back(OneOf(Names()));
  Add("(");
  const size_t first = Below(Names().size());
  const size_t count = 1 + Below(5);
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) Add(",");
    AddColumn(Names()[(first + i) % Names().size()]);
  }
  const size_t constraints = Below(4);
  for (size_t i = 0; i < constraints; ++i) {
    if (i == 0 || Chance(80)) Add(",");
    AddTableConstraint();
  }
  Add(")");
  if (Chance(15)) Add(";");
  return Joined();
}

std::string TableGenerator::Mutated(const std::string& sql) {
  std::vector<std::string> pieces;
  for (const Token& token : Tokenize(sql)) {
    if (TextOf(token, sql) != ";") pieces.emplace_back(TextOf(token, sql));
  }
  if (pieces.empty()) return sql;
  const size_t here = Below(pieces.size());
  const size_t there = Below(pieces.size());
  const std::string other = OneOf(OddTokens());
  switch (Below(5)) {
    case 0:
      pieces[here].clear();
      break;
    case 1:
      pieces[here] += " " + pieces[there];
      break;
    case 2:
      std::swap(pieces[here], pieces[there]);
      break;
    case 3:
      pieces[here] = other;
      break;
    default:
      pieces[here] += " " + other + " ";
      break;
  }
  return absl::StrJoin(pieces, "");
}

}  // namespace daybook::sqltext
