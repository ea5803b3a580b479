#include "schema/utf8.h"

#include <cstdint>

namespace daybook::schema {
namespace {

uint8_t ByteAt(absl::string_view text, size_t i) {
  return i < text.size() ? static_cast<uint8_t>(text[i]) : 0;
}

bool Within(uint8_t byte, uint8_t low, uint8_t high) { return byte >= low && byte <= high; }

// The length of the character at `i`, 0 where there is none: the table of
// well-formed byte sequences of the Unicode standard (table 3-7).
size_t CharacterLength(absl::string_view text, size_t i) {
  const uint8_t lead = ByteAt(text, i);
  if (lead < 0x80) return 1;
  const uint8_t second = ByteAt(text, i + 1);
  if (Within(lead, 0xC2, 0xDF)) return Within(second, 0x80, 0xBF) ? 2 : 0;

  const bool third_ok = Within(ByteAt(text, i + 2), 0x80, 0xBF);
  if (Within(lead, 0xE0, 0xEF)) {
    const uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
    const uint8_t high = lead == 0xED ? 0x9F : 0xBF;
    return Within(second, low, high) && third_ok ? 3 : 0;
  }
  if (Within(lead, 0xF0, 0xF4)) {
    const uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
    const uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
    const bool fourth_ok = Within(ByteAt(text, i + 3), 0x80, 0xBF);
    return Within(second, low, high) && third_ok && fourth_ok ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::optional<size_t> CountCharacters(absl::string_view text) {
  size_t characters = 0;
  for (size_t i = 0; i < text.size(); ++characters) {
    const size_t length = CharacterLength(text, i);
    if (length == 0) return std::nullopt;
    i += length;
  }
  return characters;
}

}  // namespace daybook::schema
