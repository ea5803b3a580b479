#include "migrator/sqltext/name.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

namespace daybook::sqltext {

std::string Unquote(absl::string_view token_text) {
  const char open = token_text.empty() ? '\0' : token_text.front();
  if (open != '"' && open != '`' && open != '[' && open != '\'') return std::string(token_text);
  const char close = open == '[' ? ']' : open;
  std::string name;
  for (size_t i = 1; i < token_text.size(); ++i) {
    if (token_text[i] == close) {
      const bool is_doubled = i + 1 < token_text.size() && token_text[i + 1] == close;
      if (!is_doubled) break;
      ++i;
    }
    name.push_back(token_text[i]);
  }
  return name;
}

std::string QuoteName(absl::string_view name) {
  return absl::StrCat("\"", absl::StrReplaceAll(name, {{"\"", "\"\""}}), "\"");
}

std::string QuoteText(absl::string_view text) {
  return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'");
}

bool SameName(absl::string_view a, absl::string_view b) { return absl::EqualsIgnoreCase(a, b); }

std::string FoldName(absl::string_view name) { return absl::AsciiStrToLower(name); }

}  // namespace daybook::sqltext
