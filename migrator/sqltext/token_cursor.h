#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "migrator/sqltext/range.h"
#include "migrator/sqltext/token.h"

namespace daybook::sqltext {

// Walks over what is significant in one statement, which must outlive it.
//
// Every error is INVALID_ARGUMENT, and says what was expected in which line.
// What was taken before it stays taken.
//
// Thread-compatible.
class TokenCursor {
 public:
  explicit TokenCursor(absl::string_view sql);

  // True where the next token, or one `further` on, is this keyword, in any
  // case, or this operator.
  bool At(absl::string_view text, size_t further = 0) const;
  bool AtKind(TokenKind kind) const { return !AtEnd() && tokens_[next_].kind == kind; }
  // True where the next token may be a part of a type's name.
  bool AtTypeWord() const;
  bool AtEnd() const { return next_ == tokens_.size(); }

  // Takes the next token where it is `text`, and says whether it was.
  bool Take(absl::string_view text);

  // Takes `text`.
  absl::Status Expect(absl::string_view text);

  // Takes what may stand inside a statement: anything but a semicolon and what
  // is invalid.
  absl::StatusOr<Token> TakeAny(absl::string_view expected);

  // Takes a name in any of its forms; a string literal is one.
  absl::StatusOr<Token> TakeName(absl::string_view expected);

  // Takes `(` and all up to the `)` that closes it. The range is that of the
  // tokens in between, of which there must be one.
  absl::StatusOr<Range> TakeParenthesised();

  // Takes `(` and names of columns, up to the `)` or the AUTOINCREMENT behind
  // them. COLLATE, ASC and DESC are passed over, and so are parentheses.
  absl::StatusOr<std::vector<std::string>> TakeColumns();

  // Where the next token begins: at the end, the size of the text.
  size_t begin() const { return AtEnd() ? sql_.size() : tokens_[next_].begin; }
  // Where the token that was taken last ends; 0 before the first.
  size_t last_end() const { return next_ == 0 ? 0 : tokens_[next_ - 1].end; }

  absl::string_view Text(Range range) const {
    return sql_.substr(range.begin, range.end - range.begin);
  }
  absl::string_view Text(const Token& token) const { return TextOf(token, sql_); }

  // The error for a next token that is something else.
  absl::Status Expected(absl::string_view what) const;

 private:
  absl::string_view sql_;
  std::vector<Token> tokens_;
  size_t next_ = 0;
};

}  // namespace daybook::sqltext
