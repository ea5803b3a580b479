#include "query/filter.h"

#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "schema/ip_address.h"
#include "schema/utf8.h"

namespace daybook::query {
namespace {

constexpr size_t kMaxFilterBytes = 4'096;
constexpr size_t kMaxTerms = 64;

absl::Status FilterError(Reason reason, size_t at, absl::string_view problem) {
  return InvalidFieldError({.reason = reason,
                            .field = "filter",
                            .description = absl::StrCat("column ", at + 1, ": ", problem)});
}

absl::Status SyntaxError(size_t at, absl::string_view problem) {
  return FilterError(Reason::kFilterSyntax, at, problem);
}

enum class TokenKind { kWord, kText, kEquals, kEnd };

struct Token {
  TokenKind kind = TokenKind::kEnd;
  std::string text;
  size_t at = 0;
};

bool IsWordCharacter(char c) {
  const auto u = static_cast<unsigned char>(c);
  return absl::ascii_isalnum(u) || c == '_' || c == '.' || c == '-' || c == ':' || u >= 0x80;
}

class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}

  absl::StatusOr<Token> Next() {
    while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
    if (at_ == text_.size()) return Token{.kind = TokenKind::kEnd, .text = "", .at = at_};
    const char c = text_[at_];
    if (c == '"' || c == '\'') return Quoted(c);
    if (c == '=') return Token{.kind = TokenKind::kEquals, .text = "=", .at = at_++};
    if (IsWordCharacter(c)) return Word();
    return SyntaxError(at_, "this version answers only `field = value`, joined by AND");
  }

 private:
  Token Word() {
    const size_t begin = at_;
    while (at_ < text_.size() && IsWordCharacter(text_[at_])) ++at_;
    return {.kind = TokenKind::kWord,
            .text = std::string(text_.substr(begin, at_ - begin)),
            .at = begin};
  }

  absl::StatusOr<Token> Quoted(char quote) {
    Token token{.kind = TokenKind::kText, .text = "", .at = at_};
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\\') ++at_;
      if (at_ < text_.size()) token.text.push_back(text_[at_]);
    }
    if (at_ >= text_.size()) return SyntaxError(token.at, "the text does not end");
    ++at_;
    return token;
  }

  const absl::string_view text_;
  size_t at_ = 0;
};

// The number that a short name of an enum stands for: FAILURE for
// OUTCOME_FAILURE.
std::optional<int64_t> EnumNumber(const google::protobuf::EnumDescriptor& type,
                                  absl::string_view prefix, absl::string_view name) {
  const auto* value = type.FindValueByName(absl::StrCat(prefix, name));
  if (value == nullptr || value->number() == 0) return std::nullopt;
  return value->number();
}

absl::StatusOr<Value> OneOf(std::optional<int64_t> number, size_t at, absl::string_view names) {
  if (!number) return SyntaxError(at, absl::StrCat("must be one of ", names));
  return Value(*number);
}

absl::StatusOr<Value> ParseValue(const Field& field, const Token& token) {
  switch (field.kind) {
    case FieldKind::kText:
      return Value(token.text);
    case FieldKind::kInteger: {
      int64_t number = 0;
      if (token.kind == TokenKind::kText || !absl::SimpleAtoi(token.text, &number)) {
        return SyntaxError(token.at, absl::StrCat(field.name, " is compared with an integer"));
      }
      return Value(number);
    }
    case FieldKind::kTime: {
      const absl::StatusOr<Micros> time = ParseTime(token.text);
      if (!time.ok()) {
        return SyntaxError(token.at, absl::StrCat(field.name,
                                                  " is compared with an RFC 3339 time "
                                                  "such as \"2026-01-31T09:30:00Z\""));
      }
      return Value(*time);
    }
    case FieldKind::kOutcome:
      return OneOf(EnumNumber(*audit::v1::Outcome_descriptor(), "OUTCOME_", token.text), token.at,
                   "SUCCESS, FAILURE, DENIED");
    case FieldKind::kSource:
      return OneOf(EnumNumber(*audit::v1::Source_descriptor(), "SOURCE_", token.text), token.at,
                   "SERVICE, AUTHENTICATED, CLAIMED");
    case FieldKind::kIpAddress: {
      auto address = schema::CanonicalIpAddress(token.text);
      if (!address) return SyntaxError(token.at, "must be an IPv4 or IPv6 address without zone");
      return Value(*std::move(address));
    }
  }
  return absl::InternalError("unknown kind of field");
}

class Parser {
 public:
  explicit Parser(absl::string_view text) : lexer_(text) {}

  absl::StatusOr<std::vector<Term>> Parse() {
    std::vector<Term> terms;
    DAYBOOK_RETURN_IF_ERROR(Advance());
    if (token_.kind == TokenKind::kEnd) return terms;
    while (true) {
      if (terms.size() == kMaxTerms) return SyntaxError(token_.at, "more than 64 terms");
      DAYBOOK_ASSIGN_OR_RETURN(Term term, ParseTerm());
      terms.push_back(std::move(term));
      if (token_.kind == TokenKind::kEnd) return terms;
      if (token_.kind != TokenKind::kWord || token_.text != "AND") {
        return SyntaxError(token_.at, "AND or the end is expected");
      }
      DAYBOOK_RETURN_IF_ERROR(Advance());
    }
  }

 private:
  absl::Status Advance() {
    DAYBOOK_ASSIGN_OR_RETURN(token_, lexer_.Next());
    return absl::OkStatus();
  }

  absl::StatusOr<Term> ParseTerm() {
    if (token_.kind != TokenKind::kWord) return SyntaxError(token_.at, "a field is expected");
    const Token name = std::move(token_);
    DAYBOOK_RETURN_IF_ERROR(Advance());
    if (token_.kind != TokenKind::kEquals) return SyntaxError(token_.at, "'=' is expected");
    const Field* const field = FindField(name.text);
    if (field == nullptr) {
      return FilterError(Reason::kFilterFieldUnknown, name.at, "no such field");
    }
    DAYBOOK_RETURN_IF_ERROR(Advance());
    if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kText) {
      return SyntaxError(token_.at, "a value is expected");
    }
    DAYBOOK_ASSIGN_OR_RETURN(Value value, ParseValue(*field, token_));
    DAYBOOK_RETURN_IF_ERROR(Advance());
    return Term{.field = field, .value = std::move(value)};
  }

  Lexer lexer_;
  Token token_;
};

}  // namespace

absl::StatusOr<Filter> Filter::Parse(absl::string_view text) {
  if (text.size() > kMaxFilterBytes) return SyntaxError(kMaxFilterBytes, "longer than 4 KiB");
  if (!schema::CountCharacters(text)) return SyntaxError(0, "not UTF-8");
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<Term> terms, Parser(text).Parse());
  return Filter(std::move(terms));
}

std::string Filter::Normalised() const {
  const auto print = [](std::string* out, const Term& term) {
    const auto* text = std::get_if<std::string>(&term.value);
    absl::StrAppend(out, term.field->name, "=",
                    text ? absl::StrCat(text->size(), ":", *text)
                         : absl::StrCat(std::get<int64_t>(term.value)));
  };
  return absl::StrJoin(terms_, "&", print);
}

}  // namespace daybook::query
