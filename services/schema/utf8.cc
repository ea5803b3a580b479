#include "schema/utf8.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace daybook::schema {
namespace {

// The well-formed sequences of more than one byte, as table 3-7 of the Unicode
// standard has them; bytes after the second are 80..BF.
struct Sequence {
  uint8_t lead_from, lead_to;
  uint8_t second_from, second_to;
  uint8_t length;
};
constexpr std::array<Sequence, 8> kSequences = {{
    {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
}};

// How many bytes at the beginning of `text` are ASCII, give or take a few.
size_t AsciiPrefix(absl::string_view text) {
  constexpr uint64_t kNoAscii = 0x8080808080808080;
  size_t length = 0;
  for (uint64_t word = 0; length + sizeof(word) <= text.size(); length += sizeof(word)) {
    std::memcpy(&word, text.data() + length, sizeof(word));
    if ((word & kNoAscii) != 0) break;
  }
  return length;
}

bool IsWithin(char c, uint8_t from, uint8_t to) {
  const auto byte = static_cast<uint8_t>(c);
  return from <= byte && byte <= to;
}

}  // namespace

size_t FirstCharacterLength(absl::string_view text) {
  if (text.empty()) return 0;
  if (static_cast<uint8_t>(text.front()) < 0x80) return 1;
  const auto* const sequence =
      std::find_if(kSequences.begin(), kSequences.end(), [&](const Sequence& candidate) {
        return IsWithin(text.front(), candidate.lead_from, candidate.lead_to);
      });
  if (sequence == kSequences.end() || text.size() < sequence->length) return 0;
  if (!IsWithin(text[1], sequence->second_from, sequence->second_to)) return 0;
  const absl::string_view rest = text.substr(2, sequence->length - 2);
  const bool is_whole =
      std::all_of(rest.begin(), rest.end(), [](char c) { return IsWithin(c, 0x80, 0xBF); });
  return is_whole ? sequence->length : 0;
}

std::optional<size_t> CountCharacters(absl::string_view text) {
  size_t characters = 0;
  while (!text.empty()) {
    // Most text is ASCII, or nearly so.
    const size_t ascii = AsciiPrefix(text);
    characters += ascii;
    text.remove_prefix(ascii);
    for (size_t i = 0; i < sizeof(uint64_t) && !text.empty(); ++i, ++characters) {
      const size_t length = FirstCharacterLength(text);
      if (length == 0) return std::nullopt;
      text.remove_prefix(length);
    }
  }
  return characters;
}

void AppendUtf8(uint32_t code_point, std::string& text) {
  const auto add = [&text](uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xC0 | (code_point >> 6));
    add(0x80 | (code_point & 0x3F));
  } else if (code_point < 0x10000) {
    add(0xE0 | (code_point >> 12));
    add(0x80 | ((code_point >> 6) & 0x3F));
    add(0x80 | (code_point & 0x3F));
  } else {
    add(0xF0 | (code_point >> 18));
    add(0x80 | ((code_point >> 12) & 0x3F));
    add(0x80 | ((code_point >> 6) & 0x3F));
    add(0x80 | (code_point & 0x3F));
  }
}

}  // namespace daybook::schema
