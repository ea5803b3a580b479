#include "query/filter_hint.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "query/field.h"

namespace daybook::query {
namespace {

// What people are used to from elsewhere, and what they would write here.
struct Habit {
  absl::string_view text;
  absl::string_view help;
};

constexpr absl::string_view kStarHelp =
    "for a part of a text write action = login_* or action:login";
constexpr absl::string_view kRangeHelp = "write user_id >= 1 AND user_id <= 9";
constexpr absl::string_view kListHelp = "write (action = login OR action = logout)";
constexpr absl::string_view kAnyHelp =
    "actor:* finds events that have one, NOT actor:* those that have none";
constexpr absl::string_view kAndHelp = "write AND";
constexpr absl::string_view kOrHelp = "write OR";
constexpr absl::string_view kNotHelp = "write NOT";

// Of those that begin alike the longer comes first.
constexpr std::array<Habit, 14> kComparisonHabits = {{
    {"==", "write = once"},
    {"=~", kStarHelp},
    {"~", kStarHelp},
    {"=>", "write >="},
    {"=<", "write <="},
    {"=!", "write !="},
    {"!==", "write !="},
    {"<>", "write !="},
    {"in", kListHelp},
    {"like", kStarHelp},
    {"ilike", kStarHelp},
    {"contains", kStarHelp},
    {"between", kRangeHelp},
    {"is", kAnyHelp},
}};

constexpr std::array<Habit, 4> kFieldHabits = {{
    {"!", kNotHelp},
    {"\"", "a field has no quotes and comes first: action = \"login\""},
    {"'", "a field has no quotes and comes first: action = 'login'"},
    {"*", "for every event leave the filter empty"},
}};

constexpr std::array<Habit, 12> kJointHabits = {{
    {"&", kAndHelp},
    {"|", kOrHelp},
    {"+", kAndHelp},
    {";", kAndHelp},
    {"!", kNotHelp},
    {",", "write AND or OR; a value that has a comma goes in quotes"},
    {"=", "a value that has = goes in quotes"},
    {"<", "a value that has < goes in quotes"},
    {">", "a value that has > goes in quotes"},
    {"\"", "a quote within a text is written \\\""},
    {"'", "a text that has ' goes in \"…\""},
    {"*", "`*` stands at either end of a text, without a space between"},
}};

constexpr std::array<absl::string_view, 11> kOtherQuotes = {"“", "”", "„", "‟",  "‘", "’",
                                                            "‚", "«", "»", "＂", "`"};

// What is copied along with text and nobody sees.
constexpr std::array<absl::string_view, 7> kInvisible = {"\u00A0", "\u00AD", "\u200B", "\u200C",
                                                         "\u200D", "\u2060", "\uFEFF"};

// Names that fields have elsewhere.
constexpr std::array<Habit, 14> kOtherNames = {{
    {"id", "seq"},
    {"number", "seq"},
    {"time", "created_at` or `event_time"},
    {"timestamp", "created_at` or `event_time"},
    {"date", "created_at` or `event_time"},
    {"event", "action"},
    {"type", "action` or `resource_type"},
    {"status", "outcome"},
    {"result", "outcome"},
    {"severity", "outcome"},
    {"level", "outcome"},
    {"error", "reason"},
    {"service", "producer"},
    {"amount", "details.amount"},
}};

constexpr size_t kLongestName = 64;
constexpr size_t kFewEdits = 2;

bool IsLetterOf(char c) { return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_'; }

// A word ends where no letter follows.
bool BeginsWith(absl::string_view rest, absl::string_view word) {
  if (!absl::StartsWithIgnoreCase(rest, word)) return false;
  return !IsLetterOf(word.back()) || rest.size() == word.size() || !IsLetterOf(rest[word.size()]);
}

std::string HintAmong(std::span<const Habit> habits, absl::string_view rest) {
  if (BeginsWithOtherQuote(rest)) return "; write straight quotes: \"…\"";
  for (const Habit& habit : habits) {
    if (BeginsWith(rest, habit.text)) return absl::StrCat("; ", habit.help);
  }
  return "";
}

// How many letters have to be put in, left out or exchanged to get from one to the other.
size_t EditsBetween(absl::string_view from, absl::string_view to) {
  std::vector<size_t> row(to.size() + 1);
  for (size_t i = 0; i < row.size(); ++i) row[i] = i;
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < to.size(); ++j) {
      const bool is_same = absl::ascii_tolower(static_cast<unsigned char>(from[i])) == to[j];
      const size_t exchanged = diagonal + (is_same ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({exchanged, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

// ipAddress, IP-address and ip_address are the same but for what joins the words.
std::string WithoutJoints(absl::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '_' && c != '-') letters.push_back(c);
  }
  return letters;
}

bool IsSpelledLike(absl::string_view name, absl::string_view field) {
  return absl::EqualsIgnoreCase(WithoutJoints(name), WithoutJoints(field));
}

bool IsNearly(absl::string_view name, absl::string_view field) {
  const std::string letters = WithoutJoints(name);
  const std::string wanted = WithoutJoints(field);
  const size_t allowed = std::min(kFewEdits, letters.size() / 3);
  return allowed > 0 && EditsBetween(letters, wanted) <= allowed;
}

// The fields of which `name` is a word: user for user_id.
bool IsWordOf(absl::string_view name, absl::string_view field) {
  return absl::StartsWithIgnoreCase(field, absl::StrCat(name, "_")) ||
         absl::EndsWithIgnoreCase(field, absl::StrCat("_", name));
}

std::vector<absl::string_view> FieldsLike(absl::string_view name,
                                          bool (*is_like)(absl::string_view, absl::string_view)) {
  std::vector<absl::string_view> names;
  for (const Field& field : AllFields()) {
    if (is_like(name, field.name)) names.push_back(field.name);
  }
  return names;
}

bool HasInvisible(absl::string_view name) {
  return std::any_of(kInvisible.begin(), kInvisible.end(), [name](absl::string_view character) {
    return absl::StrContains(name, character);
  });
}

std::string AllNames() {
  return absl::StrJoin(AllFields(), ", ", [](std::string* out, const Field& field) {
    absl::StrAppend(out, field.name, field.kind == FieldKind::kJson ? ".…" : "");
  });
}

}  // namespace

bool BeginsWithOtherQuote(absl::string_view rest) {
  return std::any_of(kOtherQuotes.begin(), kOtherQuotes.end(),
                     [rest](absl::string_view quote) { return absl::StartsWith(rest, quote); });
}

std::string HintForComparison(absl::string_view rest) { return HintAmong(kComparisonHabits, rest); }

std::string HintForField(absl::string_view rest) { return HintAmong(kFieldHabits, rest); }

std::string HintForJoint(absl::string_view rest) { return HintAmong(kJointHabits, rest); }

std::string HintForName(absl::string_view name) {
  if (BeginsWithOtherQuote(name)) return "; a field has no quotes";
  if (HasInvisible(name)) return "; a character in it cannot be seen: type it anew";
  if (!name.empty() && absl::ascii_isdigit(static_cast<unsigned char>(name.front()))) {
    return "; the field comes first: user_id = 7";
  }
  if (name.size() <= kLongestName) {
    for (const Habit& other : kOtherNames) {
      if (absl::EqualsIgnoreCase(name, other.text)) {
        return absl::StrCat("; did you mean `", other.help, "`?");
      }
    }
    for (const auto is_like : {IsSpelledLike, IsWordOf, IsNearly}) {
      const std::vector<absl::string_view> meant = FieldsLike(name, is_like);
      if (meant.empty()) continue;
      return absl::StrCat("; did you mean `", absl::StrJoin(meant, "` or `"), "`?");
    }
  }
  return absl::StrCat("; the fields are ", AllNames());
}

}  // namespace daybook::query
