#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "migrator/migration/rule.h"
#include "migrator/migration/sql_piece.h"

namespace daybook::migration {
namespace {

using ::daybook::sqltext::TokenKind;

// Whether a piece is one literal, as both engines write them.
bool IsLiteral(const SqlPiece& piece) {
  static constexpr std::array<absl::string_view, 3> kWords = {"NULL", "TRUE", "FALSE"};
  const bool has_sign = piece.At(0, "-") || piece.At(0, "+");
  const size_t at = has_sign ? 1 : 0;
  if (piece.size() != at + 1) return false;
  if (piece.KindAt(at) == TokenKind::kNumber) return true;
  return !has_sign && (piece.KindAt(at) == TokenKind::kString ||
                       piece.KindAt(at) == TokenKind::kBlob || piece.AtAny(at, kWords));
}

bool IsCurrentTimestamp(const SqlPiece& piece) {
  return piece.size() == 1 && piece.At(0, "CURRENT_TIMESTAMP");
}

void JudgeLiterals(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    if (piece.use() != SqlUse::kLiteral || IsLiteral(piece)) continue;
    const bool is_default = As<v1::NewColumn>(piece.place()) != nullptr;
    if (is_default && IsCurrentTimestamp(piece)) continue;
    report(piece.place(), absl::StrCat(piece.text(), " is not a literal"));
  }
}

// The step that adds the column whose default `piece` is, else nullptr.
const v1::AddColumn* AddingStep(const SqlPiece& piece) {
  if (As<v1::NewColumn>(piece.place()) == nullptr) return nullptr;
  return piece.use() == SqlUse::kLiteral ? As<v1::AddColumn>(*piece.place().parent) : nullptr;
}

void JudgeVolatileDefaults(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    const v1::AddColumn* step = AddingStep(piece);
    if (step == nullptr || !IsCurrentTimestamp(piece)) continue;
    if (step->existing_rows_case() == v1::AddColumn::EXISTING_ROWS_NOT_SET) {
      report(piece.place(), "rows that are there would get the time of the migration");
    }
  }
}

// The value of a string literal, or the digits of a number.
std::string ValueOf(const SqlPiece& piece) {
  std::string value(piece.text());
  if (value.size() >= 2 && value.front() == '\'') value = value.substr(1, value.size() - 2);
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(value));
}

// Whether a literal looks made up to fill a hole.
bool IsMagic(const SqlPiece& piece) {
  static constexpr std::array<absl::string_view, 13> kWords = {
      "",     "unknown", "n/a",   "na",      "none",        "null",    "tbd",
      "todo", "test",    "dummy", "default", "placeholder", "changeme"};
  static constexpr std::array<absl::string_view, 4> kDates = {"1970-01-01", "1900-01-01",
                                                              "0001-01-01", "9999-"};
  if (!IsLiteral(piece) || piece.At(0, "NULL")) return false;
  const std::string value = ValueOf(piece);
  if (piece.KindAt(piece.size() - 1) == TokenKind::kNumber) {
    const bool is_nines = value.size() >= 3 && value.find_first_not_of('9') == std::string::npos;
    return value == "-1" || is_nines;
  }
  const bool is_one_character =
      value.size() >= 3 && value.find_first_not_of(value.front()) == std::string::npos;
  return is_one_character || std::find(kWords.begin(), kWords.end(), value) != kWords.end() ||
         std::any_of(kDates.begin(), kDates.end(),
                     [&](absl::string_view date) { return absl::StartsWith(value, date); });
}

void JudgeMagicDefaults(const Subject& subject, Report report) {
  for (const SqlPiece& piece : subject.sql()) {
    const auto* fill = As<v1::Fill>(*piece.place().parent);
    const bool fills =
        fill != nullptr && piece.place().message == &fill->value() && !fill->generated();
    if ((fills || AddingStep(piece) != nullptr) && IsMagic(piece)) {
      report(piece.place(), absl::StrCat(piece.text(), " says nothing about the rows that get it"));
    }
  }
}

// The words of a name, in lower case: usd and value of usdValue.
std::vector<std::string> WordsOf(absl::string_view name) {
  std::vector<std::string> words(1);
  for (const char c : name) {
    const auto u = static_cast<unsigned char>(c);
    if (!words.back().empty() && (absl::ascii_isupper(u) || !absl::ascii_isalnum(u))) {
      words.emplace_back();
    }
    if (absl::ascii_isalnum(u)) words.back().push_back(absl::ascii_tolower(u));
  }
  return words;
}

bool LooksLikeMoney(absl::string_view name) {
  static constexpr std::array<absl::string_view, 18> kWords = {
      "amount", "balance", "price", "fee",     "cost",    "salary", "wage", "money", "cash",
      "credit", "debit",   "tax",   "payment", "revenue", "usd",    "eur",  "krw",   "jpy"};
  const std::vector<std::string> words = WordsOf(name);
  return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
    return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
  });
}

// Whether a column holds floating point numbers on either engine.
bool IsFloat(const v1::NewColumn& column) {
  static constexpr std::array<absl::string_view, 3> kTypes = {"REAL", "FLOA", "DOUB"};
  if (column.type() == v1::NewColumn::REAL) return true;
  const v1::SqlText& type = column.sql_type();
  return std::any_of(kTypes.begin(), kTypes.end(), [&](absl::string_view part) {
    return absl::StrContains(
        absl::AsciiStrToUpper(absl::StrCat(type.sql(), " ", type.sqlite(), " ", type.postgres())),
        part);
  });
}

void JudgeFloatMoney(const Subject& subject, Report report) {
  for (const auto& [place, column] : subject.Of<v1::NewColumn>()) {
    if (IsFloat(column) && LooksLikeMoney(column.name())) {
      report(place, absl::StrCat(column.name(), " looks like money, and floats lose cents"));
    }
  }
}

void JudgeFloats(const Subject& subject, Report report) {
  for (const auto& [place, column] : subject.Of<v1::NewColumn>()) {
    if (IsFloat(column) && !LooksLikeMoney(column.name())) {
      report(place, absl::StrCat(column.name(), " is a floating point number"));
    }
  }
}

void JudgeDecimalMoney(const Subject& subject, Report report) {
  for (const auto& [place, column] : subject.Of<v1::NewColumn>()) {
    if (column.type() == v1::NewColumn::DECIMAL && LooksLikeMoney(column.name())) {
      report(place, absl::StrCat(column.name(), " looks like money, and SQLite keeps 15 digits"));
    }
  }
}

constexpr std::array<Rule, 6> kColumnRules = {{
    {"not-a-literal", Severity::kError,
     "write a number, 'text', TRUE, FALSE or NULL; a default may also be CURRENT_TIMESTAMP",
     JudgeLiterals},
    {"volatile-default", Severity::kError,
     "say what they get: backfill_null, or a backfill that is true of them", JudgeVolatileDefaults},
    {"magic-default", Severity::kWarning,
     "leave the rows NULL or work the value out; if it must be, say `generated: true`",
     JudgeMagicDefaults},
    {"float-money", Severity::kError, "count the smallest unit in an INTEGER", JudgeFloatMoney},
    {"float-column", Severity::kWarning,
     "make sure that nobody compares it for equality, or use INTEGER or DECIMAL", JudgeFloats},
    {"decimal-money", Severity::kWarning,
     "count the smallest unit in an INTEGER, or make sure that 15 digits are enough",
     JudgeDecimalMoney},
}};

}  // namespace

std::span<const Rule> ColumnRules() { return kColumnRules; }

}  // namespace daybook::migration
