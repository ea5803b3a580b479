#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/migration/name_fields.h"
#include "migrator/migration/rule.h"
#include "migrator/migration/sql_piece.h"
#include "migrator/sqltext/name.h"

namespace daybook::migration {
namespace {

using ::daybook::sqltext::FoldName;
using ::daybook::sqltext::TokenKind;

bool IsExpression(const SqlPiece& piece) {
  return piece.use() == SqlUse::kCheck || piece.use() == SqlUse::kIndex ||
         piece.use() == SqlUse::kValue;
}

// Of which the tokens from `begin` up to `end` are a CHECK, or stand in an index.
struct Condition {
  const SqlPiece& piece;
  size_t begin;
  size_t end;
};

// The conditions of constraints and indexes, those that statements make too.
std::vector<Condition> ConditionsOf(const std::vector<SqlPiece>& pieces) {
  std::vector<Condition> conditions;
  for (const SqlPiece& piece : pieces) {
    if (piece.use() == SqlUse::kCheck || piece.use() == SqlUse::kIndex) {
      conditions.push_back({piece, 0, piece.size()});
    }
    for (size_t i = 0; piece.use() == SqlUse::kStatements && i < piece.size(); ++i) {
      if (piece.At(i, "CHECK", "(")) {
        conditions.push_back({piece, i + 1, piece.BehindParenthesis(i + 1)});
      }
    }
  }
  return conditions;
}

template <typename T>
void JudgeEngines(const Subject& subject, Report report) {
  for (const auto& [place, text] : subject.Of<T>()) {
    if (!text.sql().empty() || (!text.sqlite().empty() && !text.postgres().empty())) continue;
    if (text.sqlite().empty() && text.postgres().empty()) {
      report(place, "there is no SQL");
    } else {
      report(place, absl::StrCat("there is SQL for ",
                                 text.sqlite().empty() ? "PostgreSQL" : "SQLite", " alone"));
    }
  }
}

void JudgeIncomplete(const Subject& subject, Report report) {
  JudgeEngines<v1::SqlText>(subject, report);
  JudgeEngines<v1::Invariant>(subject, report);
  JudgeEngines<v1::GoldenQuery>(subject, report);
  JudgeEngines<v1::Assertion>(subject, report);
}

// A file that was cut off, or lost what it held on its way, would be applied as
// nothing and never again.
void JudgeEmpty(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    const auto* const run = Enclosing<v1::RunSql>(piece.place());
    if (run == nullptr || piece.place().message != &run->up()) continue;
    size_t semicolons = 0;
    while (semicolons < piece.size() && piece.At(semicolons, ";")) ++semicolons;
    if (semicolons == piece.size()) report(piece.place(), "there is no statement");
  }
}

void JudgeUnreadable(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    if (!piece.on_sqlite()) continue;
    for (size_t i = 0; i < piece.size(); ++i) {
      if (piece.KindAt(i) != TokenKind::kInvalid) continue;
      report(piece.place(), piece.Locate(i, "SQLite cannot read on from here"));
      break;
    }
  }
}

// What keeps a piece from standing between parentheses, "" where nothing does.
std::string BrokenExpression(const SqlPiece& piece) {
  if (piece.has_line_comment()) return "a -- comment would swallow what follows";
  int depth = 0;
  for (size_t i = 0; i < piece.size(); ++i) {
    if (piece.At(i, ";")) return "a semicolon ends a statement, and this is part of one";
    if (piece.At(i, "(")) ++depth;
    if (piece.At(i, ")") && --depth < 0) break;
  }
  return depth == 0 ? "" : "parentheses do not match";
}

void JudgeExpressions(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    const std::string broken = IsExpression(piece) ? BrokenExpression(piece) : "";
    if (!broken.empty()) report(piece.place(), broken);
  }
}

// Whether the token at `i` stands where a value is usual: behind a comparison,
// or in the list of IN or VALUES.
bool StandsAsValue(const SqlPiece& piece, size_t i) {
  static constexpr std::array<absl::string_view, 13> kBefore = {
      "=", "==", "<>", "!=", "<", "<=", ">", ">=", "||", "LIKE", "GLOB", "IS", "THEN"};
  if (piece.At(i + 1, ".") || (i > 0 && piece.At(i - 1, "."))) return false;
  if (i > 0 && piece.AtAny(i - 1, kBefore)) return true;
  size_t at = i;  // back over `"a", "b"` to the list's parenthesis
  while (at >= 2 && piece.At(at - 1, ",")) at -= 2;
  return at >= 2 && piece.At(at - 1, "(") && (piece.At(at - 2, "IN") || piece.At(at - 2, "VALUES"));
}

// Whether a word has a lower-case letter right before an upper-case one.
bool HasHump(absl::string_view word) {
  for (size_t i = 1; i < word.size(); ++i) {
    if (absl::ascii_islower(static_cast<unsigned char>(word[i - 1])) &&
        absl::ascii_isupper(static_cast<unsigned char>(word[i]))) {
      return true;
    }
  }
  return false;
}

bool IsDoubleQuoted(const SqlPiece& piece, size_t i) {
  return piece.KindAt(i) == TokenKind::kQuotedName && absl::StartsWith(piece.TextAt(i), "\"");
}

// All that the migrations call something in the database.
std::set<std::string> KnownNames(const Subject& subject) {
  std::set<std::string> names;
  for (const Place& place : subject.places()) {
    for (const std::string& name : TextsOf(*place.message, IsName)) names.insert(FoldName(name));
  }
  return names;
}

// What the piece itself uses as names.
std::set<std::string> UsedNames(const SqlPiece& piece) {
  std::set<std::string> used;
  for (size_t i = 0; i < piece.size(); ++i) {
    const bool is_name = piece.KindAt(i) == TokenKind::kWord ||
                         (piece.KindAt(i) == TokenKind::kQuotedName && !StandsAsValue(piece, i));
    if (is_name) used.insert(FoldName(sqltext::Unquote(piece.TextAt(i))));
  }
  return used;
}

// SQLite takes "x" for the text 'x' where no column x is there. It is taken for
// a text here where it stands as a value, where neither the migrations nor the
// rest of the same piece use it as a name, and where it is not written likeThis,
// as only names are.
void JudgeDoubleQuotes(const Subject& subject, Report report) {
  const std::set<std::string> known = KnownNames(subject);
  for (const SqlPiece& piece : subject.sql()) {
    if (!piece.on_sqlite()) continue;
    const std::set<std::string> used = UsedNames(piece);
    for (size_t i = 0; i < piece.size(); ++i) {
      const absl::string_view text = piece.TextAt(i);
      if (!IsDoubleQuoted(piece, i) || !StandsAsValue(piece, i) || HasHump(text)) continue;
      const std::string name = FoldName(sqltext::Unquote(text));
      if (known.contains(name) || used.contains(name)) continue;
      report(piece.place(),
             piece.Locate(i, absl::StrCat(text, " is a name, and nothing is called so")));
    }
  }
}

// Whether what begins at `i` may be another value the next time.
bool IsVolatile(const SqlPiece& piece, size_t i) {
  static constexpr std::array<absl::string_view, 8> kWords = {
      "CURRENT_TIMESTAMP", "CURRENT_DATE", "CURRENT_TIME", "LOCALTIMESTAMP",
      "LOCALTIME",         "CURRENT_USER", "SESSION_USER", "CURRENT_ROLE"};
  static constexpr std::array<absl::string_view, 14> kFunctions = {
      "now",     "random",          "randomblob",          "clock_timestamp",
      "nextval", "timeofday",       "statement_timestamp", "transaction_timestamp",
      "changes", "gen_random_uuid", "last_insert_rowid",   "uuid_generate_v4",
      "lastval", "total_changes"};
  static constexpr std::array<absl::string_view, 6> kDates = {"date",      "time",     "datetime",
                                                              "julianday", "strftime", "unixepoch"};
  if (piece.AtAny(i, kWords)) return true;
  if (!piece.At(i + 1, "(")) return false;
  if (piece.AtAny(i, kFunctions)) return true;
  if (!piece.AtAny(i, kDates)) return false;
  if (piece.At(i + 2, ")")) return true;
  const size_t end = piece.BehindParenthesis(i + 1);
  for (size_t at = i + 2; at < end; ++at) {
    const absl::string_view text = piece.TextAt(at);
    if (absl::EqualsIgnoreCase(text, "'now'") || absl::EqualsIgnoreCase(text, "'localtime'")) {
      return true;
    }
  }
  return false;
}

void JudgeNonDeterministic(const Subject& subject, Report report) {
  for (const auto& [piece, begin, end] : ConditionsOf(subject.sql())) {
    for (size_t i = begin; i < end; ++i) {
      if (!IsVolatile(piece, i)) continue;
      report(piece.place(),
             piece.Locate(i, absl::StrCat(piece.TextAt(i), " is not the same each time")));
    }
  }
}

void JudgeSubqueries(const Subject& subject, Report report) {
  for (const auto& [piece, begin, end] : ConditionsOf(subject.sql())) {
    for (size_t i = begin; i < end; ++i) {
      if (piece.At(i, "SELECT")) report(piece.place(), piece.Locate(i, "there is a subquery"));
    }
  }
}

// The names in the migrations that are not all lower case.
std::set<std::string> MixedCaseNames(const Subject& subject) {
  std::set<std::string> names;
  for (const Place& place : subject.places()) {
    for (const std::string& name : TextsOf(*place.message, IsName)) {
      if (absl::AsciiStrToLower(name) != name) names.insert(name);
    }
  }
  return names;
}

void JudgeMixedCase(const Subject& subject, Report report) {
  const std::set<std::string> names = MixedCaseNames(subject);
  for (const SqlPiece& piece : subject.sql()) {
    if (!piece.on_postgres() || piece.use() == SqlUse::kType) continue;
    std::set<absl::string_view> reported;
    for (size_t i = 0; i < piece.size(); ++i) {
      const absl::string_view word = piece.TextAt(i);
      const bool is_mixed = HasHump(word) || names.contains(std::string(word));
      if (piece.KindAt(i) != TokenKind::kWord || !is_mixed || !reported.insert(word).second) {
        continue;
      }
      report(piece.place(), piece.Locate(i, absl::StrCat(word, " is written without quotes")));
    }
  }
}

constexpr std::array<Rule, 8> kSqlRules = {{
    {"sql-incomplete", Severity::kError, "fill in `sql`, or both `sqlite` and `postgres`",
     JudgeIncomplete},
    {"sql-empty", Severity::kError, "write what it does; or is the file not whole?", JudgeEmpty},
    {"sql-unreadable", Severity::kError, "close the quote, or mend what is no SQL",
     JudgeUnreadable},
    {"sql-not-an-expression", Severity::kError, "write one expression, without a -- comment",
     JudgeExpressions},
    {"double-quoted-literal", Severity::kError,
     "write text in single quotes, and a column without quotes or as [x]: SQLite takes \"x\" for "
     "text where there is no column x",
     JudgeDoubleQuotes},
    {"non-deterministic-check", Severity::kError,
     "compare columns with each other or with constants: a row that was right must stay right",
     JudgeNonDeterministic},
    {"subquery-in-check", Severity::kError,
     "state it about the row alone, or as an assertion: no engine takes a subquery here",
     JudgeSubqueries},
    {"unquoted-mixed-case", Severity::kWarning,
     "put the name in double quotes, or in lower case: PostgreSQL reads it as lower case",
     JudgeMixedCase},
}};

}  // namespace

std::span<const Rule> SqlRules() { return kSqlRules; }

}  // namespace daybook::migration
