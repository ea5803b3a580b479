#include "migrator/sqltext/token.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace daybook::sqltext {
namespace {

bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsHexDigit(char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); }
// A vertical tab continues a space, but begins none.
bool ContinuesSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }
bool BeginsSpace(char c) { return ContinuesSpace(c) && c != '\v'; }

// Reads the token at the head of a text that holds no NUL. Beyond its end, NULs
// are read.
class Head {
 public:
  explicit Head(absl::string_view text) : text_(text) {}

  Token Read() const {
    if (BeginsSpace(At(0))) return Space();
    if (text_.substr(0, 3) == "\xEF\xBB\xBF") return Is(TokenKind::kSpace, 3);
    switch (At(0)) {
      case '-':
        return At(1) == '-' ? LineComment() : Operator();
      case '/':
        return BeginsBlockComment() ? BlockComment() : Operator();
      case '\'':
      case '"':
      case '`':
        return Quoted(At(0));
      case '[':
        return Bracketed();
      case '?':
        return Is(TokenKind::kVariable, PastDigits(1));
      case '$':
      case '@':
      case ':':
      case '#':
        return NamedVariable();
      case '.':
        return IsDigit(At(1)) ? Number() : Operator();
      case 'x':
      case 'X':
        return At(1) == '\'' ? Blob() : Word();
      default:
        if (IsDigit(At(0))) return Number();
        return IsWordByte(At(0)) ? Word() : Operator();
    }
  }

 private:
  static Token Is(TokenKind kind, size_t size) { return {.kind = kind, .begin = 0, .end = size}; }

  char At(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  template <typename Predicate>
  size_t Past(size_t i, Predicate holds) const {
    while (i < text_.size() && holds(text_[i])) ++i;
    return i;
  }
  size_t PastDigits(size_t i) const { return Past(i, IsDigit); }
  size_t PastWord(size_t i) const { return Past(i, IsWordByte); }

  Token Space() const { return Is(TokenKind::kSpace, Past(1, ContinuesSpace)); }

  Token Word() const { return Is(TokenKind::kWord, PastWord(0)); }

  Token LineComment() const {
    return Is(TokenKind::kComment, Past(2, [](char c) { return c != '\n'; }));
  }

  // A `/*` that ends the text is two operators.
  bool BeginsBlockComment() const { return At(1) == '*' && text_.size() > 2; }

  Token BlockComment() const {
    const size_t close = text_.find("*/", 2);
    return Is(TokenKind::kComment, close == absl::string_view::npos ? text_.size() : close + 2);
  }

  Token Quoted(char quote) const {
    for (size_t i = 1; i < text_.size(); ++i) {
      if (text_[i] != quote) continue;
      if (At(i + 1) != quote) {
        return Is(quote == '\'' ? TokenKind::kString : TokenKind::kQuotedName, i + 1);
      }
      ++i;
    }
    return Is(TokenKind::kInvalid, text_.size());
  }

  Token Bracketed() const {
    const size_t close = text_.find(']');
    return close == absl::string_view::npos ? Is(TokenKind::kInvalid, text_.size())
                                            : Is(TokenKind::kQuotedName, close + 1);
  }

  Token Blob() const {
    const size_t digits_end = Past(2, IsHexDigit);
    if (At(digits_end) == '\'' && digits_end % 2 == 0) return Is(TokenKind::kBlob, digits_end + 1);
    const size_t close = text_.find('\'', digits_end);
    return Is(TokenKind::kInvalid, close == absl::string_view::npos ? text_.size() : close + 1);
  }

  Token Number() const {
    if (At(0) == '0' && (At(1) == 'x' || At(1) == 'X') && IsHexDigit(At(2))) {
      return Is(TokenKind::kNumber, Past(3, IsHexDigit));
    }
    size_t i = PastDigits(0);
    if (At(i) == '.') i = PastDigits(i + 1);
    if (At(i) == 'e' || At(i) == 'E') {
      const size_t sign = At(i + 1) == '+' || At(i + 1) == '-' ? 1 : 0;
      if (IsDigit(At(i + 1 + sign))) i = PastDigits(i + 1 + sign);
    }
    const size_t end = PastWord(i);
    return Is(end == i ? TokenKind::kNumber : TokenKind::kInvalid, end);
  }

  // Also the form of Tcl, `$a::b(c)`.
  Token NamedVariable() const {
    size_t i = 1;
    bool has_name = false;
    while (IsWordByte(At(i)) || (At(i) == ':' && At(i + 1) == ':')) {
      has_name = has_name || At(i) != ':';
      i += At(i) == ':' ? 2 : 1;
    }
    if (At(i) == '(' && has_name) {
      i = Past(i + 1, [](char c) { return c != ')' && !ContinuesSpace(c); });
      if (At(i) != ')') return Is(TokenKind::kInvalid, i);
      ++i;
    }
    return Is(has_name ? TokenKind::kVariable : TokenKind::kInvalid, i);
  }

  Token Operator() const {
    for (const absl::string_view longest :
         {"->>", "->", "||", "<=", "<>", "<<", ">=", ">>", "==", "!="}) {
      if (text_.substr(0, longest.size()) == longest) {
        return Is(TokenKind::kPunctuation, longest.size());
      }
    }
    const bool is_known = absl::StrContains("()+-*/%<>=|&~,.;", At(0));
    return Is(is_known ? TokenKind::kPunctuation : TokenKind::kInvalid, 1);
  }

  const absl::string_view text_;
};

}  // namespace

bool IsWordByte(char c) {
  const auto u = static_cast<unsigned char>(c);
  return absl::ascii_isalnum(u) || c == '_' || c == '$' || u >= 0x80;
}

std::vector<Token> Tokenize(absl::string_view sql) {
  const size_t end = std::min(sql.find('\0'), sql.size());
  std::vector<Token> tokens;
  for (size_t at = 0; at < end;) {
    Token token = Head(sql.substr(at, end - at)).Read();
    token.begin += at;
    token.end += at;
    tokens.push_back(token);
    at = token.end;
  }
  if (end < sql.size()) {
    tokens.push_back({.kind = TokenKind::kInvalid, .begin = end, .end = sql.size()});
  }
  return tokens;
}

}  // namespace daybook::sqltext
