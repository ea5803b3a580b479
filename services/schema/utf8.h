#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::schema {

// The length in bytes of the character (code point) that `text` begins with, 0
// where there is none: overlong forms, surrogates, what lies above U+10FFFF and
// what is cut off are no characters.
size_t FirstCharacterLength(absl::string_view text);

// How many characters (code points) `text` has, or nothing where it is not
// UTF-8.
std::optional<size_t> CountCharacters(absl::string_view text);

// Appends the character that `code_point` stands for.
void AppendUtf8(uint32_t code_point, std::string& text);

}  // namespace daybook::schema
