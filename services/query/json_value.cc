#include "query/json_value.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"

#include "schema/utf8.h"

namespace daybook::query {
namespace {

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

absl::string_view SkipSpace(absl::string_view text) {
  while (!text.empty() && IsSpace(text.front())) text.remove_prefix(1);
  return text;
}

// Behind the string that `text` begins with, quotes included.
size_t StringEnd(absl::string_view text) {
  size_t at = 1;
  while (at < text.size() && text[at] != '"') at += text[at] == '\\' ? 2 : 1;
  return at < text.size() ? at + 1 : text.size();
}

// Behind the number or the word that `text` begins with.
size_t ScalarEnd(absl::string_view text) {
  size_t at = 0;
  while (at < text.size() && !IsSpace(text[at]) && !absl::StrContains(",}]", text[at])) ++at;
  return at;
}

// Behind the value that `text` begins with.
size_t ValueEnd(absl::string_view text) {
  size_t depth = 0;
  size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"') {
      at += StringEnd(text.substr(at));
    } else if (c == '{' || c == '[') {
      ++depth;
      ++at;
    } else if (depth == 0) {
      return at + ScalarEnd(text.substr(at));
    } else {
      depth -= c == '}' || c == ']' ? 1 : 0;
      ++at;
    }
    if (depth == 0) return at;
  }
  return at;
}

// Takes a value off the front of `rest`, and the comma or the end that follows it.
absl::string_view TakeValue(absl::string_view& rest) {
  const absl::string_view value = rest.substr(0, ValueEnd(rest));
  rest = SkipSpace(rest.substr(value.size()));
  if (!rest.empty()) rest.remove_prefix(1);
  rest = SkipSpace(rest);
  return value;
}

bool IsName(absl::string_view written, absl::string_view name) {
  const absl::string_view inside = written.substr(1, written.size() - 2);
  return absl::StrContains(inside, '\\') ? Unescaped(written) == name : inside == name;
}

std::optional<absl::string_view> MemberOf(absl::string_view value, absl::string_view name) {
  absl::string_view rest = SkipSpace(value);
  if (rest.empty() || rest.front() != '{') return std::nullopt;
  rest = SkipSpace(rest.substr(1));
  while (!rest.empty() && rest.front() == '"') {
    const absl::string_view written = TakeValue(rest);  // and the colon
    const absl::string_view member = TakeValue(rest);
    if (IsName(written, name)) return member;
  }
  return std::nullopt;
}

uint32_t CodeUnitAt(absl::string_view text) {
  uint32_t unit = 0;
  const bool is_hex = absl::SimpleHexAtoi(text.substr(0, 4), &unit);
  return is_hex ? unit : 0xFFFD;
}

}  // namespace

std::optional<absl::string_view> MemberAt(absl::string_view object,
                                          std::span<const std::string> path) {
  absl::string_view value = object;
  for (const std::string& name : path) {
    const std::optional<absl::string_view> member = MemberOf(value, name);
    if (!member) return std::nullopt;
    value = *member;
  }
  return value;
}

std::optional<absl::string_view> NumberAt(absl::string_view object,
                                          std::span<const std::string> path) {
  const std::optional<absl::string_view> value = MemberAt(object, path);
  if (!value || !IsNumber(*value)) return std::nullopt;
  return value;
}

bool IsNumber(absl::string_view value) {
  if (value.empty()) return false;
  return value.front() == '-' || absl::ascii_isdigit(static_cast<unsigned char>(value.front()));
}

JsonElements::JsonElements(absl::string_view value) {
  value = SkipSpace(value);
  if (!value.empty() && value.front() == '[') rest_ = SkipSpace(value.substr(1));
}

std::optional<absl::string_view> JsonElements::Next() {
  if (rest_.empty() || rest_.front() == ']') return std::nullopt;
  return TakeValue(rest_);
}

std::string Unescaped(absl::string_view string) {
  constexpr absl::string_view kEscapes = "bfnrt";
  constexpr absl::string_view kMeanings = "\b\f\n\r\t";
  std::string text;
  for (size_t at = 1; at + 1 < string.size(); ++at) {
    if (string[at] != '\\') {
      text.push_back(string[at]);
      continue;
    }
    const char letter = string[++at];
    if (const size_t which = kEscapes.find(letter); absl::StrContains(kEscapes, letter)) {
      text.push_back(kMeanings[which]);
    } else if (letter != 'u') {
      text.push_back(letter);
    } else {
      uint32_t code_point = CodeUnitAt(string.substr(at + 1));
      at += 4;
      if (code_point >= 0xD800 && code_point < 0xDC00) {  // \uXXXX of the other half follows
        code_point =
            0x10000 + ((code_point - 0xD800) << 10) + (CodeUnitAt(string.substr(at + 3)) - 0xDC00);
        at += 6;
      }
      schema::AppendUtf8(code_point, text);
    }
  }
  return text;
}

}  // namespace daybook::query
