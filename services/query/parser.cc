#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "query/field.h"
#include "query/filter.h"
#include "query/filter_error.h"
#include "query/filter_hint.h"
#include "query/lexer.h"
#include "query/literal_value.h"
#include "schema/utf8.h"

namespace daybook::query {

// A part of a filter: its steps, and the terms that must hold where it does.
struct FilterPart {
  std::vector<Step> steps;
  std::vector<Term> required;
};

namespace {

constexpr size_t kMaxFilterBytes = 4'096;
constexpr size_t kMaxTerms = 64;
constexpr size_t kMaxDepth = 16;

void Append(FilterPart from, std::vector<Step>& steps) {
  steps.insert(steps.end(), std::make_move_iterator(from.steps.begin()),
               std::make_move_iterator(from.steps.end()));
}

FilterPart Not(FilterPart part) {
  part.steps.push_back({.kind = Step::Kind::kNot});
  part.required.clear();
  return part;
}

FilterPart AnyOf(std::vector<FilterPart> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  FilterPart joined;
  const size_t count = parts.size();
  for (FilterPart& part : parts) Append(std::move(part), joined.steps);
  joined.steps.push_back({.kind = Step::Kind::kAny, .count = count});
  return joined;
}

FilterPart AllOf(std::vector<FilterPart> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  FilterPart joined;
  const size_t count = parts.size();
  for (FilterPart& part : parts) {
    std::move(part.required.begin(), part.required.end(), std::back_inserter(joined.required));
    Append(std::move(part), joined.steps);
  }
  joined.steps.push_back({.kind = Step::Kind::kAll, .count = count});
  return joined;
}

// How many bytes of `text` are characters, up to the first that is none.
size_t CharactersAtStart(absl::string_view text) {
  size_t at = 0;
  while (const size_t length = schema::FirstCharacterLength(text.substr(at))) at += length;
  return at;
}

Comparison ComparisonOf(absl::string_view sign) {
  if (sign == "=") return Comparison::kEqual;
  if (sign == "!=") return Comparison::kNotEqual;
  if (sign == "<") return Comparison::kLess;
  if (sign == "<=") return Comparison::kAtMost;
  if (sign == ">") return Comparison::kGreater;
  if (sign == ">=") return Comparison::kAtLeast;
  return Comparison::kHas;
}

// Whether `:` may find a part of the value, as it does of texts and of details. Otherwise it
// finds the whole: no address is a part of another.
bool HasParts(const Term& term) {
  return term.field->kind == FieldKind::kText || term.field->kind == FieldKind::kJson ||
         std::holds_alternative<AnyValue>(term.value);
}

}  // namespace

// Reads a filter from left to right. What is open (the filter itself, and each pair of
// parentheses) is kept on a stack, so that depth costs no recursion.
class Parser {
 public:
  Parser(absl::string_view text, absl::Time now) : text_(text), now_(now), lexer_(text) {}

  absl::StatusOr<Filter> Parse() {
    open_.emplace_back();
    DAYBOOK_RETURN_IF_ERROR(Advance());
    if (next_.kind == Lexeme::Kind::kEnd) return Filter();
    while (true) {
      DAYBOOK_RETURN_IF_ERROR(ReadOperand());
      DAYBOOK_ASSIGN_OR_RETURN(const bool goes_on, ReadJoint());
      if (!goes_on) break;
    }
    FilterPart whole = Close();
    return Filter(std::move(whole.steps), std::move(whole.required));
  }

 private:
  // What stands between two parentheses: alternatives are gathered until an AND joins them.
  struct Open {
    size_t at = 0;
    bool is_negated = false;    // all of it
    bool negates_next = false;  // what comes next
    std::vector<FilterPart> all = {};
    std::vector<FilterPart> any = {};
  };

  absl::Status Advance() {
    DAYBOOK_ASSIGN_OR_RETURN(next_, lexer_.Next());
    return absl::OkStatus();
  }

  // A comparison; or where one begins: NOT, and parentheses that open.
  absl::Status ReadOperand() {
    while (next_.kind != Lexeme::Kind::kName) {
      Open& open = open_.back();
      const bool negates = next_.kind == Lexeme::Kind::kNot || next_.kind == Lexeme::Kind::kMinus;
      if (negates && !open.negates_next) {
        open.negates_next = true;
      } else if (next_.kind == Lexeme::Kind::kOpen) {
        if (open_.size() > kMaxDepth) {
          return lexer_.Error(next_.at, "parentheses are nested deeper than 16");
        }
        open_.push_back({.at = next_.at, .is_negated = std::exchange(open.negates_next, false)});
      } else {
        return FieldExpectedError(negates);
      }
      DAYBOOK_RETURN_IF_ERROR(Advance());
    }
    DAYBOOK_ASSIGN_OR_RETURN(Term term, ReadTerm());
    FilterPart part{.steps = {{.term = term}}, .required = {std::move(term)}};
    if (std::exchange(open_.back().negates_next, false)) part = Not(std::move(part));
    open_.back().any.push_back(std::move(part));
    return Advance();
  }

  absl::Status FieldExpectedError(bool negates) const {
    const std::string hint =
        negates ? "; two NOT cancel out, leave both away" : HintForField(lexer_.From(next_.at));
    return lexer_.Error(next_.at, absl::StrCat("a field is expected", hint));
  }

  // What follows a comparison: parentheses that close, then AND, OR, or another one, which
  // AND joins too. False at the end.
  absl::StatusOr<bool> ReadJoint() {
    while (next_.kind == Lexeme::Kind::kClose) {
      follows_word_ = false;
      if (open_.size() == 1) return lexer_.Error(next_.at, "no parenthesis is open");
      const bool is_negated = open_.back().is_negated;
      FilterPart part = Close();
      if (is_negated) part = Not(std::move(part));
      open_.back().any.push_back(std::move(part));
      DAYBOOK_RETURN_IF_ERROR(Advance());
    }
    switch (next_.kind) {
      case Lexeme::Kind::kEnd:
        if (open_.size() > 1) return lexer_.Error(open_.back().at, "the parenthesis is not closed");
        return false;
      case Lexeme::Kind::kOr:
        follows_word_ = false;
        DAYBOOK_RETURN_IF_ERROR(Advance());
        return true;
      case Lexeme::Kind::kAnd:
        follows_word_ = false;
        DAYBOOK_RETURN_IF_ERROR(Advance());
        break;
      case Lexeme::Kind::kOther:
        return lexer_.Error(next_.at, absl::StrCat("AND, OR or the end is expected",
                                                   HintForJoint(lexer_.From(next_.at))));
      default:
        break;
    }
    CloseAlternatives(open_.back());
    return true;
  }

  static void CloseAlternatives(Open& open) {
    open.all.push_back(AnyOf(std::exchange(open.any, {})));
  }

  FilterPart Close() {
    CloseAlternatives(open_.back());
    FilterPart part = AllOf(std::move(open_.back().all));
    open_.pop_back();
    return part;
  }

  absl::StatusOr<Term> ReadTerm() {
    if (++terms_ > kMaxTerms) return lexer_.Error(next_.at, "more than 64 comparisons");
    for (const absl::string_view word : {"and", "or", "not"}) {
      if (next_.names.size() > 1 || !absl::EqualsIgnoreCase(next_.names.front(), word)) continue;
      return lexer_.Error(next_.at, "AND, OR and NOT are written in capitals");
    }
    Term term{.field = FindField(next_.names.front())};
    const absl::StatusOr<absl::string_view> sign = lexer_.NextComparison();
    if (!sign.ok() && (follows_word_ || term.field == nullptr)) return BareWordError();
    DAYBOOK_RETURN_IF_ERROR(CheckField(term.field));
    DAYBOOK_RETURN_IF_ERROR(sign.status());
    term.path.assign(next_.names.begin() + 1, next_.names.end());
    term.comparison = ComparisonOf(*sign);
    DAYBOOK_ASSIGN_OR_RETURN(const Literal literal, lexer_.NextLiteral());
    follows_word_ = !literal.is_quoted;
    DAYBOOK_ASSIGN_OR_RETURN(term.value, ValueOf(literal, term, now_, lexer_));
    if (term.comparison == Comparison::kHas && !HasParts(term)) {
      term.comparison = Comparison::kEqual;
    }
    return term;
  }

  // A name that nothing is compared with.
  absl::Status BareWordError() const {
    if (next_.at > 0 && (text_[next_.at - 1] == '"' || text_[next_.at - 1] == '\'')) {
      return lexer_.Error(next_.at, "a quote within a text has a \\ before it: \"say \\\"it\\\"\"");
    }
    return lexer_.Error(
        next_.at, follows_word_ ? "a text that has spaces goes in quotes: actor = \"two words\""
                                : "a word alone finds nothing: write a field and a comparison"
                                  " before it, such as action = login");
  }

  absl::Status CheckField(const Field* field) const {
    const auto unknown = [this](absl::string_view problem) {
      return FilterError(Reason::kFilterFieldUnknown, text_, next_.at, problem);
    };
    if (field == nullptr) {
      return unknown(absl::StrCat("no such field", HintForName(next_.names.front())));
    }
    if (next_.names.size() == 1 || field->kind == FieldKind::kJson) return absl::OkStatus();
    return unknown(absl::StrCat(field->name, " has no members; details and public_details have"));
  }

  const absl::string_view text_;
  const absl::Time now_;
  Lexer lexer_;
  Lexeme next_;
  std::vector<Open> open_;
  size_t terms_ = 0;
  bool follows_word_ = false;  // the comparison before ends with a value without quotes
};

absl::StatusOr<Filter> Filter::Parse(absl::string_view text, absl::Time now) {
  if (text.size() > kMaxFilterBytes) {
    return FilterError(Reason::kFilterSyntax, text, kMaxFilterBytes, "longer than 4,096 bytes");
  }
  const size_t characters = CharactersAtStart(text);
  if (characters < text.size()) {
    return FilterError(Reason::kFilterSyntax, text, characters, "this is not UTF-8");
  }
  return Parser(text, now).Parse();
}

}  // namespace daybook::query
