#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::query {

// A piece of a filter that stands where a comparison may begin or end.
struct Lexeme {
  enum class Kind { kEnd, kOpen, kClose, kMinus, kAnd, kOr, kNot, kName, kOther };
  Kind kind = Kind::kEnd;
  std::vector<std::string> names = {};  // of kName: a.b.c
  size_t at = 0;
};

// What a field is compared with, as it is written.
struct Literal {
  std::string text = {};  // without quotes, escapes and `*` at its ends
  bool is_quoted = false;
  bool is_ago = false;  // ago("…"), of which it is the duration
  bool star_front = false;
  bool star_back = false;
  size_t at = 0;

  bool has_star() const { return star_front || star_back; }
  // `*` alone.
  bool is_star() const { return has_star() && !is_quoted && text.empty(); }
};

// Takes a filter apart. What a character means depends on where it stands: in a value
// `-`, `.` and `:` are letters, so whoever reads says what comes next.
class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}

  absl::StatusOr<Lexeme> Next();

  // The comparison that follows a field, as it is written.
  absl::StatusOr<absl::string_view> NextComparison();
  absl::StatusOr<Literal> NextLiteral();

  absl::Status Error(size_t at, absl::string_view problem) const;
  // The filter from there on.
  absl::string_view From(size_t at) const { return text_.substr(at); }

 private:
  void SkipSpace();
  bool Take(char c);
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  absl::StatusOr<Lexeme> Name();
  absl::StatusOr<std::string> NamePart();
  absl::StatusOr<Literal> Quoted();
  absl::StatusOr<Literal> Word();
  absl::StatusOr<Literal> Ago(size_t at);
  // A `*` that stands for any text: only at the ends of a literal.
  absl::Status TakeStar(size_t begin, bool is_last, Literal& literal);

  const absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace daybook::query
