#include "query/lexer.h"

#include <array>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "query/filter_error.h"
#include "query/filter_hint.h"

namespace daybook::query {
namespace {

constexpr std::array<absl::string_view, 7> kComparisons = {"!=", "<=", ">=", "=", "<", ">", ":"};

constexpr absl::string_view kComparisonExpected = "a comparison is expected: = != < <= > >= or :";

bool IsBlank(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

bool IsLetter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return absl::ascii_isalnum(u) || c == '_' || u >= 0x80;
}

bool IsInName(char c) { return IsLetter(c) || c == '-'; }

bool IsInWord(char c) { return !IsBlank(c) && !absl::StrContains("()\"'=<>!,;", c); }

bool IsQuote(char c) { return c == '"' || c == '\''; }

}  // namespace

absl::Status Lexer::Error(size_t at, absl::string_view problem) const {
  return FilterError(Reason::kFilterSyntax, text_, at, problem);
}

void Lexer::SkipSpace() {
  while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
}

bool Lexer::Take(char c) {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

absl::StatusOr<Lexeme> Lexer::Next() {
  SkipSpace();
  const size_t at = at_;
  if (at == text_.size()) return Lexeme{.kind = Lexeme::Kind::kEnd, .at = at};
  if (Take('(')) return Lexeme{.kind = Lexeme::Kind::kOpen, .at = at};
  if (Take(')')) return Lexeme{.kind = Lexeme::Kind::kClose, .at = at};
  if (Take('-')) return Lexeme{.kind = Lexeme::Kind::kMinus, .at = at};
  if (IsLetter(Peek())) return Name();
  return Lexeme{.kind = Lexeme::Kind::kOther, .at = at};
}

absl::StatusOr<Lexeme> Lexer::Name() {
  Lexeme lexeme{.kind = Lexeme::Kind::kName, .at = at_};
  do {
    DAYBOOK_ASSIGN_OR_RETURN(std::string part, NamePart());
    lexeme.names.push_back(std::move(part));
  } while (Take('.'));
  if (lexeme.names.size() > 1) return lexeme;
  if (lexeme.names.front() == "AND") lexeme.kind = Lexeme::Kind::kAnd;
  if (lexeme.names.front() == "OR") lexeme.kind = Lexeme::Kind::kOr;
  if (lexeme.names.front() == "NOT") lexeme.kind = Lexeme::Kind::kNot;
  return lexeme;
}

absl::StatusOr<std::string> Lexer::NamePart() {
  if (IsQuote(Peek())) {
    const size_t at = at_;
    DAYBOOK_ASSIGN_OR_RETURN(Literal quoted, Quoted());
    if (quoted.has_star()) return Error(at, "a name has no `*`; write \\* for the character");
    return std::move(quoted.text);
  }
  const size_t begin = at_;
  while (at_ < text_.size() && IsInName(text_[at_])) ++at_;
  if (at_ == begin) return Error(at_, "a name is expected");
  return std::string(text_.substr(begin, at_ - begin));
}

absl::StatusOr<absl::string_view> Lexer::NextComparison() {
  SkipSpace();
  const std::string hint = HintForComparison(From(at_));
  if (!hint.empty()) return Error(at_, absl::StrCat(kComparisonExpected, hint));
  for (const absl::string_view sign : kComparisons) {
    if (!absl::StartsWith(text_.substr(at_), sign)) continue;
    at_ += sign.size();
    return sign;
  }
  return Error(at_, kComparisonExpected);
}

absl::StatusOr<Literal> Lexer::NextLiteral() {
  SkipSpace();
  if (IsQuote(Peek())) return Quoted();
  if (BeginsWithOtherQuote(From(at_))) return Error(at_, "quotes are straight here: \"…\" or '…'");
  if (at_ == text_.size()) return Error(at_, "a value is expected");
  if (!IsInWord(Peek())) {
    return Error(at_, "a value is expected; text that has one of ( ) = < > ! , ; goes in quotes");
  }
  return Word();
}

absl::Status Lexer::TakeStar(size_t begin, bool is_last, Literal& literal) {
  if (at_ == begin) {
    literal.star_front = true;
    literal.star_back = literal.star_back || is_last;  // `*` alone
  } else if (is_last) {
    literal.star_back = true;
  } else {
    return Error(at_, "`*` stands at either end of a text; write \"\\*\" for the character");
  }
  ++at_;
  return absl::OkStatus();
}

absl::StatusOr<Literal> Lexer::Quoted() {
  Literal literal{.is_quoted = true, .at = at_};
  const char quote = text_[at_++];
  const size_t begin = at_;
  while (at_ < text_.size() && text_[at_] != quote) {
    if (text_[at_] == '*') {
      const bool is_last = at_ + 1 < text_.size() && text_[at_ + 1] == quote;
      DAYBOOK_RETURN_IF_ERROR(TakeStar(begin, is_last, literal));
      continue;
    }
    if (text_[at_] == '\\') ++at_;
    if (at_ < text_.size()) literal.text.push_back(text_[at_++]);
  }
  if (!Take(quote)) return Error(literal.at, "the quote that opens here is not closed");
  return literal;
}

absl::StatusOr<Literal> Lexer::Word() {
  Literal literal{.at = at_};
  const size_t begin = at_;
  while (at_ < text_.size() && IsInWord(text_[at_])) {
    if (text_[at_] == '*') {
      const bool is_last = at_ + 1 == text_.size() || !IsInWord(text_[at_ + 1]);
      DAYBOOK_RETURN_IF_ERROR(TakeStar(begin, is_last, literal));
      continue;
    }
    literal.text.push_back(text_[at_++]);
  }
  if (Peek() != '(') return literal;
  if (literal.text != "ago") {
    return Error(begin, "the only function is ago(\"1h\"); text that has ( goes in quotes");
  }
  return Ago(begin);
}

absl::StatusOr<Literal> Lexer::Ago(size_t at) {
  Take('(');
  SkipSpace();
  if (!IsQuote(Peek())) return Error(at_, "the duration goes in quotes: ago(\"1h\")");
  DAYBOOK_ASSIGN_OR_RETURN(Literal literal, Quoted());
  SkipSpace();
  if (!Take(')')) return Error(at_, "the parenthesis of ago is not closed");
  literal.is_ago = true;
  literal.at = at;
  return literal;
}

}  // namespace daybook::query
