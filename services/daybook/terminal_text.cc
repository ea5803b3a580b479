#include "daybook/terminal_text.h"

#include <utf8proc.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "schema/utf8.h"

namespace daybook::cli {
namespace {

constexpr char32_t kNoCharacter = 0xFFFD;
constexpr char32_t kJoiner = 0x200D;
constexpr char32_t kEmojiSelector = 0xFE0F;

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

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

bool IsUnsafe(char32_t c) {
  const bool turns_direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) ||
                               c == 0x200E || c == 0x200F || c == 0x061C;
  const bool breaks_line = c == 0x2028 || c == 0x2029;
  const bool is_invisible = c == 0x00AD || c == 0x200B || (c >= 0x2060 && c <= 0x2064) ||
                            c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
  return IsControl(c) || turns_direction || breaks_line || is_invisible;
}

size_t Width(char32_t c) {
  if (IsControl(c)) return 1;
  return static_cast<size_t>(std::max(0, utf8proc_charwidth(static_cast<utf8proc_int32_t>(c))));
}

// The vowels and ends of Hangul syllables that are written in parts.
bool IsWithinSyllable(char32_t c) {
  return (c >= 0x1160 && c <= 0x11FF) || (c >= 0xD7B0 && c <= 0xD7FF);
}

bool IsSkinTone(char32_t c) { return c >= 0x1F3FB && c <= 0x1F3FF; }

// Whether it takes no room of its own behind another character.
bool IsPartOf(char32_t c) { return IsSkinTone(c) || IsWithinSyllable(c); }

// What people see as one character, such as a letter with its accents, or a family.
struct Cluster {
  size_t bytes = 0;
  size_t width = 0;
};

Cluster NextCluster(const std::string& text, size_t begin) {
  Character last = NextCharacter(text, begin);
  Cluster cluster{.bytes = last.bytes, .width = Width(last.code_point)};
  utf8proc_int32_t state = 0;
  while (begin + cluster.bytes < text.size()) {
    const Character next = NextCharacter(text, begin + cluster.bytes);
    const bool ends =
        utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(last.code_point),
                                         static_cast<utf8proc_int32_t>(next.code_point), &state);
    if (ends) break;
    cluster.bytes += next.bytes;
    if (next.code_point == kEmojiSelector) {
      cluster.width = std::max<size_t>(cluster.width, 2);
    } else if (last.code_point != kJoiner && !IsPartOf(next.code_point)) {
      cluster.width += Width(next.code_point);
    }
    last = next;
  }
  return cluster;
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
    const Cluster next = NextCluster(text, at);
    width += next.width;
    at += next.bytes;
  }
  return width;
}

std::string Fit(const std::string& text, size_t columns) {
  const size_t width = DisplayWidth(text);
  if (width <= columns) return absl::StrCat(text, std::string(columns - width, ' '));
  if (columns == 0) return "";
  std::string cut;
  size_t used = 1;  // the ellipsis
  for (size_t at = 0; at < text.size();) {
    const Cluster next = NextCluster(text, at);
    if (used + next.width > columns) break;
    cut.append(text, at, next.bytes);
    used += next.width;
    at += next.bytes;
  }
  return absl::StrCat(cut, "…", std::string(columns - used, ' '));
}

}  // namespace daybook::cli
