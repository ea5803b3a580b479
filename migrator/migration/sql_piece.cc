#include "migrator/migration/sql_piece.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/sqltext/name.h"
#include "migrator/sqltext/statements.h"

namespace daybook::migration {
namespace {

using ::daybook::sqltext::Token;
using ::daybook::sqltext::TokenKind;

// Where the string ends that begins with a `$$` or `$body$` at `begin`, as
// PostgreSQL writes the bodies of functions; 0 where none does.
size_t DollarStringEnd(absl::string_view text, size_t begin, size_t token_end) {
  if (text[begin] != '$') return 0;
  const size_t second = text.find('$', begin + 1);
  if (second >= token_end) return 0;
  const absl::string_view quote = text.substr(begin, second + 1 - begin);
  const size_t close = text.find(quote, second + 1);
  return close == absl::string_view::npos ? 0 : close + quote.size();
}

// Cuts `text` into tokens, strings between dollar signs into one each.
std::vector<Token> TokensOf(absl::string_view text) {
  std::vector<Token> all;
  size_t from = 0;  // what stands before it is cut
  while (from < text.size()) {
    const size_t base = from;
    for (const Token& token : sqltext::Tokenize(text.substr(base))) {
      const size_t begin = base + token.begin;
      const size_t end = base + token.end;
      if (end <= from) continue;  // in a string between dollar signs
      if (begin < from) break;    // half in it: cut again from its end on
      const size_t string_end = DollarStringEnd(text, begin, end);
      from = std::max(string_end, end);
      all.push_back({string_end == 0 ? token.kind : TokenKind::kString, begin, from});
    }
  }
  return all;
}

// The three fields of a message that has SQL for both engines.
template <typename T>
void AppendPieces(const Place& place, SqlUse use, const T& text, std::vector<SqlPiece>& pieces) {
  const bool has_sqlite = !text.sqlite().empty();
  const bool has_postgres = !text.postgres().empty();
  const auto append = [&](absl::string_view sql, Engines engines) {
    if (sql.empty() || (!engines.sqlite && !engines.postgres)) return;
    pieces.emplace_back(place, use, sql, engines);
  };
  append(text.sql(), {.sqlite = !has_sqlite, .postgres = !has_postgres});
  append(text.sqlite(), {.sqlite = true, .postgres = false});
  append(text.postgres(), {.sqlite = false, .postgres = true});
}

SqlUse UseOf(const Place& text) {
  if (As<v1::Expression>(*text.parent) != nullptr) return SqlUse::kCheck;
  if (As<v1::Fill>(*text.parent) != nullptr) return SqlUse::kValue;
  if (As<v1::RunSql>(*text.parent) != nullptr) return SqlUse::kStatements;
  return SqlUse::kType;
}

// How the token at `i` of a CREATE statement changes how deep the next one is in
// BEGIN … END and CASE … END.
int DepthChangeAt(const SqlPiece& piece, size_t i, int depth) {
  if (piece.At(i, "BEGIN") || (depth > 0 && piece.At(i, "CASE"))) return 1;
  return depth > 0 && piece.At(i, "END") ? -1 : 0;
}

}  // namespace

SqlPiece::SqlPiece(const Place& place, SqlUse use, absl::string_view text, Engines engines)
    : place_(&place), use_(use), text_(text), engines_(engines) {
  for (const Token& token : TokensOf(text)) {
    if (IsSignificant(token)) tokens_.push_back(token);
    if (absl::StartsWith(TextOf(token, text), "--")) has_line_comment_ = true;
  }
}

TokenKind SqlPiece::KindAt(size_t i) const {
  return i < tokens_.size() ? tokens_[i].kind : TokenKind::kSpace;
}

absl::string_view SqlPiece::TextAt(size_t i) const {
  return i < tokens_.size() ? TextOf(tokens_[i], text_) : "";
}

bool SqlPiece::AtAny(size_t i, std::span<const absl::string_view> texts) const {
  return std::any_of(texts.begin(), texts.end(),
                     [&](absl::string_view text) { return IsAt(i, text); });
}

size_t SqlPiece::BehindParenthesis(size_t open) const {
  int depth = 0;
  for (size_t i = open; i < size(); ++i) {
    if (IsAt(i, "(")) ++depth;
    if (IsAt(i, ")") && --depth == 0) return i + 1;
  }
  return size();
}

std::string SqlPiece::Locate(size_t i, absl::string_view problem) const {
  const bool is_one_line = text_.find('\n') >= text_.size() - 1;
  if (is_one_line || i >= tokens_.size()) return std::string(problem);
  return absl::StrCat("line ", sqltext::LineOf(text_, tokens_[i].begin), ": ", problem);
}

bool SqlPiece::IsAt(size_t i, absl::string_view text) const {
  const bool can_be = KindAt(i) == TokenKind::kWord || KindAt(i) == TokenKind::kPunctuation;
  return can_be && absl::EqualsIgnoreCase(TextAt(i), text);
}

std::vector<Statement> StatementsOf(const SqlPiece& piece) {
  std::vector<Statement> statements;
  size_t begin = 0;
  int depth = 0;  // of BEGIN and CASE in a CREATE statement
  for (size_t i = 0; i <= piece.size(); ++i) {
    if (i == piece.size() || (depth == 0 && piece.At(i, ";"))) {
      if (begin != i) statements.push_back({.begin = begin, .end = i});
      begin = i + 1;
      depth = 0;
    } else if (piece.At(begin, "CREATE")) {
      depth += DepthChangeAt(piece, i, depth);
    }
  }
  return statements;
}

std::string NameAt(const SqlPiece& piece, size_t i) {
  return sqltext::FoldName(sqltext::Unquote(piece.TextAt(piece.At(i + 1, ".") ? i + 2 : i)));
}

size_t TableNameAt(const SqlPiece& piece, const Statement& statement) {
  size_t i = statement.begin;
  if (!piece.At(i, "CREATE") && !piece.At(i, "ALTER")) return statement.end;
  if (!piece.At(++i, "TABLE")) ++i;  // TEMPORARY, UNLOGGED
  if (!piece.At(i++, "TABLE")) return statement.end;
  if (piece.At(i, "IF", "NOT", "EXISTS")) i += 3;
  if (piece.At(i, "IF", "EXISTS")) i += 2;
  if (piece.At(i, "ONLY")) ++i;
  return i;
}

void AppendSqlAt(const Place& place, std::vector<SqlPiece>& pieces) {
  const auto append = [&](SqlUse use, absl::string_view sql) {
    if (!sql.empty()) pieces.emplace_back(place, use, sql);
  };
  if (const auto* text = As<v1::SqlText>(place)) {
    AppendPieces(place, UseOf(place), *text, pieces);
  } else if (const auto* invariant = As<v1::Invariant>(place)) {
    AppendPieces(place, SqlUse::kQuery, *invariant, pieces);
  } else if (const auto* query = As<v1::GoldenQuery>(place)) {
    AppendPieces(place, SqlUse::kQuery, *query, pieces);
  } else if (const auto* assertion = As<v1::Assertion>(place)) {
    AppendPieces(place, SqlUse::kQuery, *assertion, pieces);
  } else if (const auto* index = As<v1::CreateIndex>(place)) {
    append(SqlUse::kIndex, index->where());
  } else if (const auto* key = As<v1::IndexKey>(place)) {
    append(SqlUse::kIndex, key->expression());
  } else if (const auto* column = As<v1::NewColumn>(place)) {
    append(SqlUse::kLiteral, column->default_value());
  } else if (const auto* probe = As<v1::ProbeValue>(place)) {
    append(SqlUse::kLiteral, probe->literal());
  }
}

}  // namespace daybook::migration
