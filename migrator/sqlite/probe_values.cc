#include "migrator/sqlite/probe_values.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "core/timestamp.h"
#include "migrator/sqlite/check_sql.h"
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
// In no charset, which are of ASCII.
constexpr char kForeign[] = "\xC3\xA9";

class Cases {
 public:
  explicit Cases(std::string column) : column_(std::move(column)) {}

  void Add(std::string literal, bool is_accepted) {
    cases_.push_back({.values = {{.column = column_, .literal = std::move(literal)}},
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
  void Add(std::vector<ProbeCase::Value> values, bool is_accepted) {
    cases_.push_back({.values = std::move(values), .is_accepted = is_accepted});
  }
  const std::string& column() const { return column_; }
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

Int64Rule YearsOf(const schema::v1::TimeRule& rule) {
  Int64Rule years;
  years.set_gte(kMinMicros);
  years.set_lte(kMaxMicros);
  years.set_nullable(rule.nullable());
  return years;
}

// A character that the rule allows in every place, or 'x' where it names none.
std::string Filler(const StringRule& rule) {
  const std::string& set = rule.first_charset().empty() ? rule.charset() : rule.first_charset();
  return set.empty() ? "x" : set.substr(0, 1);
}

// Texts of about so many characters: of the filler, of three bytes each, and in
// pairs of a person and a joiner.
void AppendTextsAround(size_t bound, const std::string& filler, std::vector<std::string>& texts) {
  if (bound == 0) return;
  for (const size_t length : {bound - 1, bound, bound + 1}) {
    texts.push_back(Repeat(filler, length));
    texts.push_back(Repeat(kSyllable, length));
    texts.push_back(Repeat(absl::StrCat(kWoman, kJoiner), length / 2) +
                    (length % 2 == 1 ? kWoman : ""));
  }
}

std::vector<std::string> Texts(const StringRule& rule) {
  const std::string filler = Filler(rule);
  std::vector<std::string> texts = {
      filler, "ThisIsAVeryLongDepositorNameThatExceedsFiftyCharactersRejected!!",
      std::string("a\0b", 3), Repeat("x", 10) + std::string(1, '\0') + Repeat("y", 100)};
  AppendTextsAround(rule.min_chars(), filler, texts);
  AppendTextsAround(rule.max_chars(), filler, texts);
  if (rule.max_bytes() != 0) {
    for (const size_t length : {size_t{rule.max_bytes()}, size_t{rule.max_bytes()} + 1}) {
      texts.push_back(Repeat(filler, length));
    }
  }
  if (!rule.charset().empty()) texts.insert(texts.end(), {"~", "'", filler + kForeign});
  if (rule.json_object()) texts.insert(texts.end(), {"{}", "[]", "{"});
  return texts;
}

void AddTexts(StringRule rule, Cases& cases) {
  rule.clear_ip_address();  // judged by the service alone
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

// Values beyond a bound: the next, where so small a step is one for a floating
// point number, and one far away.
std::vector<std::string> Beyond(const std::string& bound, absl::string_view direction) {
  constexpr double kExact = 1e15;
  std::vector<std::string> beyond = {
      absl::StrCat(bound, " ", direction, " (1 + abs(", bound, "))")};
  double value = 0;
  if (absl::SimpleAtod(bound, &value) && -kExact < value && value < kExact) {
    beyond.push_back(absl::StrCat(bound, " ", direction, " 1"));
  }
  return beyond;
}

void AddNumbers(const NumberRule& rule, bool nullable, Cases& cases) {
  const auto add_bound = [&](const std::string& bound, absl::string_view outwards,
                             bool is_allowed) {
    if (bound.empty()) return;
    cases.Add(bound, is_allowed);
    for (std::string& value : Beyond(bound, outwards)) cases.Add(std::move(value), false);
  };
  add_bound(rule.gte(), "-", true);
  add_bound(rule.gt(), "-", false);
  add_bound(rule.lte(), "+", true);
  add_bound(rule.lt(), "+", false);
  const bool has_upper = !rule.lt().empty() || !rule.lte().empty();
  const bool has_lower = !rule.gt().empty() || !rule.gte().empty();
  if (!rule.gt().empty() && !has_upper) cases.Add(Beyond(rule.gt(), "+")[0], true);
  if (!rule.lt().empty() && !has_lower) cases.Add(Beyond(rule.lt(), "-")[0], true);
  if (!rule.gt().empty() && !rule.lt().empty()) {
    cases.Add(absl::StrCat("(", rule.gt(), " / 2.0 + ", rule.lt(), " / 2.0)"), true);
  }
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
  cases.Add(QuoteText(absl::StrCat(kForeign, text)), false);
  cases.Add(QuoteText(absl::StrCat(text, kForeign)), false);
  if (last.has_charset() && last.max_count() != 0) {
    const uint32_t beyond = last.max_count() - last.min_count() + 1;
    cases.Add(QuoteText(absl::StrCat(text, Repeat(last.charset().substr(0, 1), beyond))), false);
  }
  cases.Add(TextLiteral(text + std::string(1, '\0')), false);
  if (!text.empty() && (!is_open || last.min_count() > 0)) {
    cases.Add(QuoteText(text.substr(0, text.size() - 1)), false);
  }
  cases.Add("x'00'", false);
  cases.Add("NULL", nullable);
}

void AddListed(const migration::v1::OneOfRule& rule, bool nullable, Cases& cases) {
  for (const std::string& text : rule.text()) cases.Add(QuoteText(text), true);
  for (const int64_t value : rule.integer()) {
    cases.Add(absl::StrCat(value), true);
    const bool is_last =
        value == kGreatest ||
        std::find(rule.integer().begin(), rule.integer().end(), value + 1) == rule.integer().end();
    if (is_last && value != kGreatest) cases.Add(absl::StrCat(value + 1), false);
  }
  for (const char* const other : {"'~ none of them ~'", "x'00'", "1.5"}) cases.Add(other, false);
  cases.Add("NULL", nullable);
}

// Numbers of one digit, which stand in this order as text too.
void AddComparisons(const CompareRule& rule, bool nullable, Cases& cases) {
  const std::string& other = ComparedColumn(rule);
  const auto add = [&](const char* own, const char* others, bool is_accepted) {
    cases.Add({{.column = cases.column(), .literal = own}, {.column = other, .literal = others}},
              is_accepted);
  };
  add("4", "5", rule.has_lt() || rule.has_lte() || rule.has_ne());
  add("5", "5", rule.has_gte() || rule.has_lte() || rule.has_eq());
  add("6", "5", rule.has_gt() || rule.has_gte() || rule.has_ne());
  add("NULL", "5", nullable);
  add("5", "NULL", true);
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
      return AddComparisons(expression.compare(), expression.nullable(), cases);
    case Expression::kSql:
    case Expression::KIND_NOT_SET:
      return;  // only who wrote it knows its bounds: accept and reject say
  }
}

}  // namespace

std::vector<ProbeCase> ProbeCases(const AddCheck& check) {
  Cases cases(check.column());
  if (check.rule().has_int64()) AddIntegers(check.rule().int64(), cases);
  if (check.rule().has_time()) AddIntegers(YearsOf(check.rule().time()), cases);
  if (check.rule().has_string()) AddTexts(check.rule().string(), cases);
  if (check.has_expression()) AddExpressions(check.expression(), cases);
  for (const ProbeRow& row : check.accept()) cases.Add(row, true);
  for (const ProbeRow& row : check.reject()) cases.Add(row, false);
  return cases.Take();
}

}  // namespace daybook::migrator::sqlite
