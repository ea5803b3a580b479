#include "daybook/terminal_text.h"

#include <cwchar>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "schema/utf8.h"

namespace daybook::cli {
namespace {

constexpr char32_t kNoCharacter = 0xFFFD;

// The next character of UTF-8 text, and how many bytes it takes. Bytes that are
// none count as one replacement character each.
struct Character {
  char32_t code_point = 0;
  size_t bytes = 1;
};

Character NextCharacter(const std::string& text, size_t at) {
  const auto byte = [&text](size_t i) -> uint32_t { return static_cast<unsigned char>(text[i]); };
  const size_t length = schema::FirstCharacterLength(absl::string_view(text).substr(at));
  if (length == 0) return {.code_point = kNoCharacter, .bytes = 1};
  if (length == 1) return {.code_point = byte(at), .bytes = 1};
  uint32_t code_point = byte(at) & (0xFFU >> (length + 1));
  for (size_t i = 1; i < length; ++i) code_point = (code_point << 6) | (byte(at + i) & 0x3F);
  return {.code_point = code_point, .bytes = length};
}

bool IsUnsafe(char32_t c) {
  const bool is_control = c < 0x20 || (c >= 0x7F && c <= 0x9F);
  const bool turns_direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                               c == 0x200E || c == 0x200F || c == 0x061C;
  const bool breaks_line = c == 0x2028 || c == 0x2029;
  return is_control || turns_direction || breaks_line;
}

size_t Width(char32_t c) {
  const int width = wcwidth(static_cast<wchar_t>(c));
  return width < 0 ? 1 : static_cast<size_t>(width);
}

}  // namespace

std::string ForTerminal(const std::string& text) {
  std::string shown;
  for (size_t at = 0; at < text.size();) {
    const Character next = NextCharacter(text, at);
    if (IsUnsafe(next.code_point) || next.code_point == kNoCharacter) {
      absl::StrAppendFormat(&shown, "\\u%04x", static_cast<uint32_t>(next.code_point));
    } else {
      shown.append(text, at, next.bytes);
    }
    at += next.bytes;
  }
  return shown;
}

std::string Counted(uint64_t count, const std::string& one, const std::string& many) {
  return absl::StrCat(count, " ", count == 1 ? one : many);
}

size_t DisplayWidth(const std::string& text) {
  size_t width = 0;
  for (size_t at = 0; at < text.size();) {
    const Character next = NextCharacter(text, at);
    width += Width(next.code_point);
    at += next.bytes;
  }
  return width;
}

std::string Fit(const std::string& text, size_t columns) {
  const size_t width = DisplayWidth(text);
  if (width <= columns) return absl::StrCat(text, std::string(columns - width, ' '));
  std::string cut;
  size_t used = 1;  // the ellipsis
  for (size_t at = 0; at < text.size();) {
    const Character next = NextCharacter(text, at);
    if (used + Width(next.code_point) > columns) break;
    cut.append(text, at, next.bytes);
    used += Width(next.code_point);
    at += next.bytes;
  }
  return absl::StrCat(cut, "…", std::string(columns - used, ' '));
}

}  // namespace daybook::cli
