#include "migrator/sqltext/token_cursor.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "migrator/sqltext/keyword.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/statements.h"

namespace daybook::sqltext {
namespace {

constexpr size_t kMaxShownBytes = 40;

}  // namespace

TokenCursor::TokenCursor(absl::string_view sql) : sql_(sql) {
  const std::vector<Token> tokens = Tokenize(sql);
  std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(tokens_), IsSignificant);
}

bool TokenCursor::At(absl::string_view text, size_t further) const {
  if (further >= tokens_.size() - next_) return false;
  const Token& token = tokens_[next_ + further];
  return (token.kind == TokenKind::kWord || token.kind == TokenKind::kPunctuation) &&
         absl::EqualsIgnoreCase(Text(token), text);
}

bool TokenCursor::AtTypeWord() const {
  return AtKind(TokenKind::kQuotedName) || AtKind(TokenKind::kString) ||
         (AtKind(TokenKind::kWord) && UseOf(Text(tokens_[next_])) == WordUse::kName);
}

bool TokenCursor::Take(absl::string_view text) {
  if (!At(text)) return false;
  ++next_;
  return true;
}

absl::Status TokenCursor::Expect(absl::string_view text) {
  return Take(text) ? absl::OkStatus() : Expected(text);
}

absl::StatusOr<Token> TokenCursor::TakeAny(absl::string_view expected) {
  if (AtEnd() || At(";") || AtKind(TokenKind::kInvalid)) return Expected(expected);
  return tokens_[next_++];
}

absl::StatusOr<Token> TokenCursor::TakeName(absl::string_view expected) {
  const bool is_name =
      AtKind(TokenKind::kQuotedName) || AtKind(TokenKind::kString) ||
      (AtKind(TokenKind::kWord) && UseOf(Text(tokens_[next_])) != WordUse::kReserved);
  if (!is_name) return Expected(expected);
  return tokens_[next_++];
}

absl::StatusOr<Range> TokenCursor::TakeParenthesised() {
  DAYBOOK_RETURN_IF_ERROR(Expect("("));
  if (At(")")) return Expected("an expression");
  Range inside{.begin = begin(), .end = begin()};
  for (size_t open = 1; true; inside.end = last_end()) {
    DAYBOOK_ASSIGN_OR_RETURN(const Token token, TakeAny(")"));
    if (Text(token) == "(") ++open;
    if (Text(token) == ")" && --open == 0) return inside;
  }
}

absl::StatusOr<std::vector<std::string>> TokenCursor::TakeColumns() {
  DAYBOOK_RETURN_IF_ERROR(Expect("("));
  std::vector<std::string> columns;
  size_t open = 1;
  do {
    while (Take("(")) ++open;
    DAYBOOK_ASSIGN_OR_RETURN(const Token name, TakeName("the name of a column"));
    columns.push_back(Unquote(Text(name)));
    while (open > 1 || !(At(",") || At(")") || At("AUTOINCREMENT"))) {
      DAYBOOK_ASSIGN_OR_RETURN(const Token token, TakeAny(")"));
      if (Text(token) == "(") ++open;
      if (Text(token) == ")") --open;
    }
  } while (Take(","));
  return columns;
}

absl::Status TokenCursor::Expected(absl::string_view what) const {
  const absl::string_view found =
      AtEnd() ? "the end" : Text(tokens_[next_]).substr(0, kMaxShownBytes);
  return absl::InvalidArgumentError(absl::StrCat("line ", LineOf(sql_, begin()), ": ", what,
                                                 " is expected, and ", found, " stands there"));
}

}  // namespace daybook::sqltext
