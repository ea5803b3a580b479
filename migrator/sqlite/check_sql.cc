#include "migrator/sqlite/check_sql.h"

#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "migrator/sqltext/name.h"

namespace daybook::migrator::sqlite {
namespace {

using ::daybook::migration::v1::AddCheck;
using ::daybook::migration::v1::CompareRule;
using ::daybook::migration::v1::Expression;
using ::daybook::migration::v1::NumberRule;
using ::daybook::migration::v1::OneOfRule;
using ::daybook::migration::v1::PatternRule;
using ::daybook::schema::v1::Int64Rule;
using ::daybook::schema::v1::Rule;
using ::daybook::schema::v1::StringRule;
using ::daybook::sqltext::QuoteName;
using ::daybook::sqltext::QuoteText;

using Terms = std::vector<std::string>;

// Infinities lie beyond; NaN is NULL in SQLite.
constexpr char kGreatestReal[] = "1.7976931348623157e308";

std::string TypeIs(const std::string& column, absl::string_view types) {
  return absl::StrCat("typeof(", column, ") ", types);
}

// What stands behind a NUL would escape length() and GLOB.
std::string NoNul(const std::string& column) {
  return absl::StrCat("instr(CAST(", column, " AS BLOB), x'00') = 0");
}

std::string Only(const std::string& text, absl::string_view charset) {
  return absl::StrCat(text, " NOT GLOB ", QuoteText(absl::StrCat("*[^", charset, "]*")));
}

Terms StringTerms(const std::string& column, const StringRule& rule) {
  Terms terms = {TypeIs(column, "= 'text'")};
  const std::string length = absl::StrCat("length(", column, ")");
  if (rule.min_chars() != 0) terms.push_back(absl::StrCat(length, " >= ", rule.min_chars()));
  if (rule.max_chars() != 0) terms.push_back(absl::StrCat(length, " <= ", rule.max_chars()));
  if (rule.max_bytes() != 0) {
    terms.push_back(absl::StrCat("length(CAST(", column, " AS BLOB)) <= ", rule.max_bytes()));
  }
  if (!rule.charset().empty()) terms.push_back(Only(column, rule.charset()));
  if (!rule.first_charset().empty()) {
    terms.push_back(
        absl::StrCat(column, " GLOB ", QuoteText(absl::StrCat("[", rule.first_charset(), "]*"))));
  }
  terms.push_back(NoNul(column));
  if (rule.json_object()) {
    terms.push_back(absl::StrCat("json_valid(", column, ")"));
    terms.push_back(absl::StrCat("json_type(", column, ") = 'object'"));
  }
  return terms;
}

Terms IntegerTerms(const std::string& column, const Int64Rule& rule) {
  Terms terms = {TypeIs(column, "= 'integer'")};
  if (rule.has_gte()) terms.push_back(absl::StrCat(column, " >= ", rule.gte()));
  if (rule.has_gt()) terms.push_back(absl::StrCat(column, " > ", rule.gt()));
  if (rule.has_lte()) terms.push_back(absl::StrCat(column, " <= ", rule.lte()));
  if (rule.has_lt()) terms.push_back(absl::StrCat(column, " < ", rule.lt()));
  return terms;
}

Terms NumberTerms(const std::string& column, const NumberRule& rule) {
  Terms terms = {
      TypeIs(column, "IN ('integer', 'real')"),
      absl::StrCat(column, " BETWEEN -", kGreatestReal, " AND ", kGreatestReal),
  };
  if (!rule.gte().empty()) terms.push_back(absl::StrCat(column, " >= ", rule.gte()));
  if (!rule.gt().empty()) terms.push_back(absl::StrCat(column, " > ", rule.gt()));
  if (!rule.lte().empty()) terms.push_back(absl::StrCat(column, " <= ", rule.lte()));
  if (!rule.lt().empty()) terms.push_back(absl::StrCat(column, " < ", rule.lt()));
  return terms;
}

// A piece of a GLOB pattern that stands for exactly `literal`.
std::string GlobLiteral(absl::string_view literal) {
  std::string glob;
  for (const char c : literal) {
    if (c == '*' || c == '?' || c == '[') {
      absl::StrAppend(&glob, "[", absl::string_view(&c, 1), "]");
    } else {
      glob.push_back(c);
    }
  }
  return glob;
}

size_t CharactersOf(absl::string_view text) {
  size_t characters = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++characters;
  }
  return characters;
}

// All parts but one of open length at the end are of fixed length, so a pattern
// of single characters says it.
Terms PatternTerms(const std::string& column, const PatternRule& rule) {
  std::string glob;
  size_t fixed = 0;
  const PatternRule::Part* open = nullptr;
  for (const PatternRule::Part& part : rule.part()) {
    if (part.kind_case() == PatternRule::Part::kLiteral) {
      absl::StrAppend(&glob, GlobLiteral(part.literal()));
      fixed += CharactersOf(part.literal());
      continue;
    }
    for (uint32_t i = 0; i < part.min_count(); ++i) {
      absl::StrAppend(&glob, "[", part.charset(), "]");
    }
    fixed += part.min_count();
    if (part.max_count() != part.min_count()) open = &part;
  }
  Terms terms = {TypeIs(column, "= 'text'"), NoNul(column)};
  if (open != nullptr) absl::StrAppend(&glob, "*");
  terms.push_back(absl::StrCat(column, " GLOB ", QuoteText(glob)));
  if (open == nullptr) return terms;
  terms.push_back(Only(absl::StrCat("substr(", column, ", ", fixed + 1, ")"), open->charset()));
  if (open->max_count() != 0) {
    terms.push_back(
        absl::StrCat("length(", column, ") <= ", fixed + open->max_count() - open->min_count()));
  }
  return terms;
}

Terms OneOfTerms(const std::string& column, const OneOfRule& rule) {
  if (rule.integer_size() > 0) {
    return {TypeIs(column, "= 'integer'"),
            absl::StrCat(column, " IN (", absl::StrJoin(rule.integer(), ", "), ")")};
  }
  const auto quote = [](std::string* out, const std::string& text) {
    absl::StrAppend(out, QuoteText(text));
  };
  return {TypeIs(column, "= 'text'"),
          absl::StrCat(column, " IN (", absl::StrJoin(rule.text(), ", ", quote), ")")};
}

absl::StatusOr<std::string> OperatorOf(const CompareRule& rule) {
  switch (rule.with_case()) {
    case CompareRule::kGt:
      return ">";
    case CompareRule::kGte:
      return ">=";
    case CompareRule::kLt:
      return "<";
    case CompareRule::kLte:
      return "<=";
    case CompareRule::kEq:
      return "=";
    case CompareRule::kNe:
      return "<>";
    case CompareRule::WITH_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("compare names no other column");
}

absl::StatusOr<Terms> CompareTerms(const std::string& column, const CompareRule& rule) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string comparison, OperatorOf(rule));
  const std::string other = QuoteName(ComparedColumn(rule));
  return Terms{absl::StrCat("(", other, " IS NULL OR (typeof(", column, ") = typeof(", other,
                            ") AND ", column, " ", comparison, " ", other, "))")};
}

std::string Join(const std::string& column, bool nullable, const Terms& terms) {
  const std::string all = absl::StrJoin(terms, " AND ");
  return nullable ? absl::StrCat(column, " IS NULL OR (", all, ")") : all;
}

absl::StatusOr<std::string> RuleCondition(const std::string& column, const Rule& rule) {
  switch (rule.kind_case()) {
    case Rule::kString:
      return Join(column, rule.string().nullable(), StringTerms(column, rule.string()));
    case Rule::kInt64:
      return Join(column, rule.int64().nullable(), IntegerTerms(column, rule.int64()));
    case Rule::kTime: {
      Int64Rule years;
      years.set_gte(kMinMicros);
      years.set_lte(kMaxMicros);
      return Join(column, rule.time().nullable(), IntegerTerms(column, years));
    }
    case Rule::kEnum:
      return absl::InvalidArgumentError("an enum rule is for event fields; use one_of");
    case Rule::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the rule is empty");
}

absl::StatusOr<std::string> ExpressionCondition(const std::string& column,
                                                const Expression& expression) {
  const bool nullable = expression.nullable();
  switch (expression.kind_case()) {
    case Expression::kNumber:
      return Join(column, nullable, NumberTerms(column, expression.number()));
    case Expression::kPattern:
      return Join(column, nullable, PatternTerms(column, expression.pattern()));
    case Expression::kOneOf:
      return Join(column, nullable, OneOfTerms(column, expression.one_of()));
    case Expression::kCompare: {
      DAYBOOK_ASSIGN_OR_RETURN(const Terms terms, CompareTerms(column, expression.compare()));
      return Join(column, nullable, terms);
    }
    case Expression::kSql:
      return SqlOf(expression.sql());
    case Expression::KIND_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("the expression is empty");
}

struct Bounds {
  std::string least;
  std::string greatest;
};

absl::StatusOr<Bounds> IntegerBounds(const Int64Rule& rule) {
  Bounds bounds;
  // A strict bound at the end of the range leaves nothing; that is lint's.
  if (rule.has_gte()) bounds.least = absl::StrCat(rule.gte());
  if (rule.has_gt()) bounds.least = absl::StrCat(rule.gt(), " + 1");
  if (rule.has_lte()) bounds.greatest = absl::StrCat(rule.lte());
  if (rule.has_lt()) bounds.greatest = absl::StrCat(rule.lt(), " - 1");
  return bounds;
}

absl::StatusOr<Bounds> NumberBounds(const NumberRule& rule) {
  if (!rule.gt().empty() || !rule.lt().empty()) {
    return absl::InvalidArgumentError(
        "there is no number nearest to a bound that is itself not allowed; say `to`");
  }
  return Bounds{.least = rule.gte(), .greatest = rule.lte()};
}

absl::StatusOr<Bounds> BoundsOf(const AddCheck& check) {
  if (check.rule().has_int64()) return IntegerBounds(check.rule().int64());
  if (check.expression().has_number()) return NumberBounds(check.expression().number());
  return absl::InvalidArgumentError("clamp needs a rule on numbers");
}

}  // namespace

const std::string& SqlOf(const migration::v1::SqlText& text) {
  return text.sqlite().empty() ? text.sql() : text.sqlite();
}

const std::string& ComparedColumn(const CompareRule& rule) {
  switch (rule.with_case()) {
    case CompareRule::kGt:
      return rule.gt();
    case CompareRule::kGte:
      return rule.gte();
    case CompareRule::kLt:
      return rule.lt();
    case CompareRule::kLte:
      return rule.lte();
    case CompareRule::kEq:
      return rule.eq();
    case CompareRule::kNe:
    case CompareRule::WITH_NOT_SET:
      break;
  }
  return rule.ne();
}

absl::StatusOr<std::string> CheckCondition(const AddCheck& check) {
  const std::string column = QuoteName(check.column());
  if (check.has_rule()) return RuleCondition(column, check.rule());
  return ExpressionCondition(column, check.expression());
}

absl::StatusOr<std::string> ClampedValue(const AddCheck& check) {
  if (const std::string& to = check.on_violation().clamp().to(); !to.empty()) return to;
  DAYBOOK_ASSIGN_OR_RETURN(const Bounds bounds, BoundsOf(check));
  const std::string column = QuoteName(check.column());
  std::string value =
      absl::StrCat("CASE WHEN typeof(", column, ") NOT IN ('integer', 'real') THEN ", column);
  if (!bounds.least.empty()) {
    absl::StrAppend(&value, " WHEN ", column, " < ", bounds.least, " THEN ", bounds.least);
  }
  if (!bounds.greatest.empty()) {
    absl::StrAppend(&value, " WHEN ", column, " > ", bounds.greatest, " THEN ", bounds.greatest);
  }
  return absl::StrCat(value, " ELSE ", column, " END");
}

}  // namespace daybook::migrator::sqlite
