#include "migrator/sqltext/names_in.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/match.h"

#include "migrator/sqltext/keyword.h"
#include "migrator/sqltext/name.h"
#include "migrator/sqltext/token.h"

namespace daybook::sqltext {
namespace {

template <typename... Words>
bool IsOneOf(absl::string_view word, Words... words) {
  return (absl::EqualsIgnoreCase(word, words) || ...);
}

// Reads an expression from left to right. What a word is depends on its place:
// where a value may begin it is a name, unless it is reserved; behind a value it
// is an operator, such as LIKE or END.
class Reader {
 public:
  explicit Reader(absl::string_view expression) : expression_(expression) {
    const std::vector<Token> tokens = Tokenize(expression);
    std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(tokens_), IsSignificant);
  }

  std::vector<std::string> Names() {
    bool is_behind_value = false;
    for (; at_ < tokens_.size(); ++at_) {
      if (tokens_[at_].kind == TokenKind::kPunctuation) {
        is_behind_value = Text(at_) == ")";
      } else if (is_behind_value) {
        is_behind_value = ReadOperator();
      } else {
        is_behind_value = ReadValue();
      }
    }
    return std::move(names_);
  }

 private:
  absl::string_view Text(size_t i) const {
    return i < tokens_.size() ? TextOf(tokens_[i], expression_) : absl::string_view();
  }

  // Both are true where what was read ends a value.

  bool ReadOperator() {
    if (IsOneOf(Text(at_), "COLLATE")) {
      ++at_;
      return true;
    }
    if (IsOneOf(Text(at_), "AS")) {  // of CAST: a type follows
      while (at_ + 1 < tokens_.size() && Text(at_ + 1) != ")") ++at_;
      return true;
    }
    // Behind NOT an operator goes on, or NULL ends it.
    return IsOneOf(Text(at_), "END", "ISNULL", "NOTNULL", "NOT", "NULL");
  }

  bool ReadValue() {
    const absl::string_view text = Text(at_);
    const TokenKind kind = tokens_[at_].kind;
    const bool is_word = kind == TokenKind::kWord;
    if (is_word && UseOf(text) == WordUse::kReserved) return IsOneOf(text, "NULL");
    const bool is_constant = is_word && IsOneOf(text, "TRUE", "FALSE", "CURRENT_DATE",
                                                "CURRENT_TIME", "CURRENT_TIMESTAMP");
    const bool is_name = (is_word && !is_constant) || kind == TokenKind::kQuotedName ||
                         (kind == TokenKind::kString && at_ > 0 && Text(at_ - 1) == ".");
    if (is_name && Text(at_ + 1) != "(" && Text(at_ + 1) != ".") Add(Unquote(text));
    return true;
  }

  void Add(std::string name) {
    if (seen_.insert(FoldName(name)).second) names_.push_back(std::move(name));
  }

  const absl::string_view expression_;
  std::vector<Token> tokens_;
  size_t at_ = 0;
  std::vector<std::string> names_;
  std::set<std::string> seen_;
};

}  // namespace

std::vector<std::string> NamesIn(absl::string_view expression) {
  return Reader(expression).Names();
}

std::vector<std::string> UpdatedColumns(absl::string_view trigger) {
  std::vector<std::string> names;
  absl::string_view last;
  bool is_listing = false;
  for (const Token& token : Tokenize(trigger)) {
    if (!IsSignificant(token)) continue;
    const absl::string_view text = TextOf(token, trigger);
    const bool is_word = token.kind == TokenKind::kWord;
    if (is_word && IsOneOf(text, "ON")) break;
    if (is_listing && text != ",") names.push_back(Unquote(text));
    is_listing = is_listing || (is_word && IsOneOf(text, "OF") && IsOneOf(last, "UPDATE"));
    last = text;
  }
  return names;
}

}  // namespace daybook::sqltext
