#include "daybook/csv.h"

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"

#include "daybook/terminal_text.h"

namespace daybook::cli {
namespace {

constexpr std::array<absl::string_view, 12> kDangerousBegins = {"=",  "+", "-",  "@",  "\t", "\r",
                                                                "\n", "'", "＝", "＋", "－", "＠"};

bool IsDangerous(const CsvValue& value) {
  return value.is_text &&
         std::any_of(kDangerousBegins.begin(), kDangerousBegins.end(),
                     [&](absl::string_view begin) { return absl::StartsWith(value.value, begin); });
}

// Some spreadsheets take a semicolon or a tab for the comma: quotes keep those in.
bool NeedsQuotes(absl::string_view value) {
  if (value.empty()) return false;
  return value.find_first_of(",;\t\"\r\n'") != absl::string_view::npos || value.front() == ' ' ||
         value.back() == ' ';
}

// `text` is how `value` is to be shown.
std::string CsvText(const CsvValue& value, const std::string& text) {
  std::string shown = absl::StrCat(IsDangerous(value) ? "'" : "", text);
  if (!NeedsQuotes(shown)) return shown;
  return absl::StrCat("\"", absl::StrReplaceAll(shown, {{"\"", "\"\""}}), "\"");
}

}  // namespace

std::string CsvLine(const std::vector<CsvValue>& values) {
  std::string line;
  for (const CsvValue& value : values) {
    absl::StrAppend(&line, &value == values.data() ? "" : ",", CsvText(value, value.value));
  }
  line += "\r\n";
  return line;
}

std::string CsvLineForTerminal(const std::vector<CsvValue>& values) {
  std::string line;
  for (const CsvValue& value : values) {
    const std::string text = ForTerminal(value.value);
    absl::StrAppend(&line, &value == values.data() ? "" : ",", CsvText(value, text));
  }
  line += "\r\n";
  return line;
}

void WriteCsv(const std::vector<CsvValue>& values, const Look& look, std::ostream& out) {
  out << (look.is_terminal ? CsvLineForTerminal(values) : CsvLine(values));
}

}  // namespace daybook::cli
