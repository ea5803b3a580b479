#pragma once

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"

namespace daybook::sqltext {

enum class TokenKind {
  kSpace,
  kComment,     // `-- …` without its line end; `/* … */`, or to the end of the text
  kWord,        // a keyword or an unquoted name
  kQuotedName,  // "x", `x`, [x]
  kString,      // 'x'
  kBlob,        // x'00'
  kNumber,
  kVariable,     // ?1, :a, @a, $a
  kPunctuation,  // an operator, parenthesis, comma, dot or semicolon
  kInvalid,      // what SQLite refuses: an unterminated quote, 12ab, a lone !
};

// A piece of SQL: the bytes from `begin` up to, and without, `end`.
struct Token {
  TokenKind kind = TokenKind::kInvalid;
  size_t begin = 0;
  size_t end = 0;
};

// Cuts any bytes into tokens just where SQLite 3.40 does. The tokens follow one
// another without a gap, none is empty, and together they are the whole of
// `sql`. SQLite reads no further than the first NUL: from there on everything is
// one invalid token.
std::vector<Token> Tokenize(absl::string_view sql);

// True for the bytes that words consist of: letters, digits, _, $, and all from
// 0x80 on.
bool IsWordByte(char c);

// True for what means something: neither space nor comment.
inline bool IsSignificant(const Token& token) {
  return token.kind != TokenKind::kSpace && token.kind != TokenKind::kComment;
}

// The text of `token`, which was cut from `sql`.
inline absl::string_view TextOf(const Token& token, absl::string_view sql) {
  return sql.substr(token.begin, token.end - token.begin);
}

}  // namespace daybook::sqltext
