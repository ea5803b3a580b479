#include "migrator/sqlite/probe_values.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/sqltext/name.h"
#include "schema/rule.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddCheck;
using ::daybook::migration::v1::CompareRule;
using ::daybook::migration::v1::Expression;
using ::daybook::migration::v1::NumberRule;
using ::daybook::migration::v1::PatternRule;
using ::daybook::migration::v1::ProbeRow;
using ::daybook::schema::v1::Int64Rule;
using ::daybook::schema::v1::StringRule;
using ::daybook::sqltext::QuoteText;

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kGreatest = std::numeric_limits<int64_t>::max();

// Three bytes, and several code points that are shown as one.
constexpr char kSyllable[] = "\xED\x99\x8D";
constexpr char kWoman[] = "\xF0\x9F\x91\xA9";
constexpr char kJoiner[] = "\xE2\x80\x8D";

class Cases {
 public:
  explicit Cases(std::string column) : column_(std::move(column)) {}

  void Add(std::string literal, bool is_accepted) {
    cases_.push_back({.values = {{.column = column_, .literal = std::move(literal)}},
                      .is_accepted = is_accepted});
  }
  void AddPair(std::string literal, const std::string& other, std::string other_literal,
               bool is_accepted) {
    cases_.push_back({.values = {{.column = column_, .literal = std::move(literal)},
                                 {.column = other, .literal = std::move(other_literal)}},
                      .is_accepted = is_accepted});
  }
  void Add(const ProbeRow& row, bool is_accepted) {
    ProbeCase& added = cases_.emplace_back();
    added.is_accepted = is_accepted;
    for (const auto& value : row.value()) {
      added.values.push_back({.column = value.column().empty() ? column_ : value.column(),
                              .literal = value.literal()});
    }
  }
  std::vector<ProbeCase> Take() { return std::move(cases_); }

 private:
  std::string column_;
  std::vector<ProbeCase> cases_;
};

std::string Repeat(absl::string_view piece, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i) absl::StrAppend(&text, piece);
  return text;
}

// Text with a NUL cannot stand in SQL as it is.
std::string TextLiteral(const std::string& text) {
  if (!absl::StrContains(text, '\0')) return QuoteText(text);
  return absl::StrCat("CAST(x'", absl::BytesToHexString(text), "' AS TEXT)");
}

std::vector<int64_t> BoundsOf(const Int64Rule& rule) {
  std::vector<int64_t> bounds;
  if (rule.has_gte()) bounds.push_back(rule.gte());
  if (rule.has_gt()) bounds.push_back(rule.gt());
  if (rule.has_lte()) bounds.push_back(rule.lte());
  if (rule.has_lt()) bounds.push_back(rule.lt());
  return bounds;
}

void AddIntegers(const Int64Rule& rule, Cases& cases) {
  const schema::IntegerRule judge(rule);
  std::vector<absl::int128> values = {kLeast, -1, 0, 1, kGreatest};
  for (const absl::int128 bound : BoundsOf(rule)) {
    values.insert(values.end(), {bound - 1, bound, bound + 1});
  }
  for (const absl::int128 value : values) {
    if (value < kLeast || value > kGreatest) continue;
    cases.Add(absl::StrCat(static_cast<int64_t>(value)), !judge.Broken(value));
  }
  cases.Add("NULL", rule.nullable());
  for (const char* const other : {"'abc'", "x'00'", "1.5"}) cases.Add(other, false);
}

// A character that the rule allows in every place, or 'x' where it names none.
std::string Filler(const StringRule& rule) {
  const std::string& set = rule.first_charset().empty() ? rule.charset() : rule.first_charset();
  return set.empty() ? "x" : set.substr(0, 1);
}

std::vector<std::string> Texts(const StringRule& rule) {
  const std::string filler = Filler(rule);
  std::vector<std::string> texts = {
      filler, "ThisIsAVeryLongDepositorNameThatExceedsFiftyCharactersRejected!!",
      std::string("a\0b", 3), Repeat("x", 10) + std::string(1, '\0') + Repeat("y", 100)};
  for (const size_t bound : {size_t{rule.min_chars()}, size_t{rule.max_chars()}}) {
    if (bound == 0) continue;
    for (const size_t length : {bound - 1, bound, bound + 1}) {
      for (const std::string& piece : {filler, std::string(kSyllable)}) {
        texts.push_back(Repeat(piece, length));
      }
      // As many code points, in pairs of a person and a joiner.
      texts.push_back(Repeat(absl::StrCat(kWoman, kJoiner), length / 2) +
                      (length % 2 == 1 ? kWoman : ""));
    }
  }
  if (rule.max_bytes() != 0) {
    for (const size_t length : {size_t{rule.max_bytes()}, size_t{rule.max_bytes()} + 1}) {
      texts.push_back(Repeat(filler, length));
    }
  }
  if (!rule.charset().empty()) texts.insert(texts.end(), {"~", "'", filler + "\xC3\xA9"});
  return texts;
}

void AddTexts(const StringRule& rule, Cases& cases) {
  const absl::StatusOr<schema::TextRule> judge = schema::TextRule::Compile(rule);
  if (!judge.ok()) return;
  for (const std::string& text : Texts(rule)) {
    // To the service empty text is absent; a database tells the two apart.
    if (text.empty()) continue;
    cases.Add(TextLiteral(text), !judge->Broken(text));
  }
  cases.Add("NULL", rule.nullable());
  cases.Add("x'00'", false);
}

void AddNumbers(const NumberRule& rule, bool nullable, Cases& cases) {
  if (!rule.gte().empty()) {
    cases.Add(rule.gte(), true);
    cases.Add(absl::StrCat(rule.gte(), " - 1"), false);
  }
  if (!rule.gt().empty()) {
    cases.Add(rule.gt(), false);
    cases.Add(absl::StrCat(rule.gt(), " + 1"), rule.lt().empty() && rule.lte().empty());
  }
  if (!rule.lte().empty()) {
    cases.Add(rule.lte(), true);
    cases.Add(absl::StrCat(rule.lte(), " + 1"), false);
  }
  if (!rule.lt().empty()) cases.Add(rule.lt(), false);
  for (const char* const other : {"'abc'", "x'00'", "9e999", "-9e999"}) cases.Add(other, false);
  cases.Add("NULL", nullable);
}

void AddPatterns(const PatternRule& rule, bool nullable, Cases& cases) {
  std::string text;
  for (const auto& part : rule.part()) {
    if (part.kind_case() == PatternRule::Part::kLiteral) {
      absl::StrAppend(&text, part.literal());
    } else {
      absl::StrAppend(&text, Repeat(part.charset().substr(0, 1), part.min_count()));
    }
  }
  const PatternRule::Part& last = *rule.part().rbegin();
  const bool is_open = last.has_charset() && last.max_count() == 0;
  cases.Add(QuoteText(text), true);
  cases.Add(QuoteText(absl::StrCat("~", text)), false);
  cases.Add(QuoteText(absl::StrCat(text, "~")), false);
  cases.Add(TextLiteral(text + std::string(1, '\0')), false);
  if (!text.empty() && (!is_open || last.min_count() > 0)) {
    cases.Add(QuoteText(text.substr(0, text.size() - 1)), false);
  }
  cases.Add("x'00'", false);
  cases.Add("NULL", nullable);
}

void AddListed(const migration::v1::OneOfRule& rule, bool nullable, Cases& cases) {
  for (const std::string& text : rule.text()) cases.Add(QuoteText(text), true);
  for (const int64_t value : rule.integer()) cases.Add(absl::StrCat(value), true);
  for (const char* const other : {"'~ none of them ~'", "x'00'", "1.5"}) cases.Add(other, false);
  cases.Add("NULL", nullable);
}

// Which orders of the column and the other one a comparison takes.
struct Orders {
  std::string other;
  bool less = false;
  bool equal = false;
  bool greater = false;
};

Orders OrdersOf(const CompareRule& rule) {
  switch (rule.with_case()) {
    case CompareRule::kGt:
      return {.other = rule.gt(), .greater = true};
    case CompareRule::kGte:
      return {.other = rule.gte(), .equal = true, .greater = true};
    case CompareRule::kLt:
      return {.other = rule.lt(), .less = true};
    case CompareRule::kLte:
      return {.other = rule.lte(), .less = true, .equal = true};
    case CompareRule::kEq:
      return {.other = rule.eq(), .equal = true};
    case CompareRule::kNe:
      return {.other = rule.ne(), .less = true, .greater = true};
    case CompareRule::WITH_NOT_SET:
      break;
  }
  return {};
}

// Small numbers are in order as numbers and as text.
void AddCompared(const CompareRule& rule, bool nullable, Cases& cases) {
  const Orders orders = OrdersOf(rule);
  cases.AddPair("1", orders.other, "2", orders.less);
  cases.AddPair("1", orders.other, "1", orders.equal);
  cases.AddPair("2", orders.other, "1", orders.greater);
  cases.AddPair("1", orders.other, "NULL", true);
  cases.AddPair("NULL", orders.other, "1", nullable);
}

void AddExpressions(const Expression& expression, Cases& cases) {
  switch (expression.kind_case()) {
    case Expression::kNumber:
      return AddNumbers(expression.number(), expression.nullable(), cases);
    case Expression::kPattern:
      return AddPatterns(expression.pattern(), expression.nullable(), cases);
    case Expression::kOneOf:
      return AddListed(expression.one_of(), expression.nullable(), cases);
    case Expression::kCompare:
      return AddCompared(expression.compare(), expression.nullable(), cases);
    case Expression::kSql:
    case Expression::KIND_NOT_SET:
      return;  // only who wrote them knows their bounds: accept and reject say
  }
}

}  // namespace

std::vector<ProbeCase> ProbeCases(const AddCheck& check) {
  Cases cases(check.column());
  if (check.rule().has_int64()) AddIntegers(check.rule().int64(), cases);
  if (check.rule().has_string()) AddTexts(check.rule().string(), cases);
  if (check.has_expression()) AddExpressions(check.expression(), cases);
  for (const ProbeRow& row : check.accept()) cases.Add(row, true);
  for (const ProbeRow& row : check.reject()) cases.Add(row, false);
  return cases.Take();
}

}  // namespace daybook::migrator::sqlite
