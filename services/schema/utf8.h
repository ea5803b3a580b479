#pragma once

#include <cstddef>
#include <optional>

#include "absl/strings/string_view.h"

namespace daybook::schema {

// How many characters (code points) `text` has, or nothing where it is not
// UTF-8: overlong forms, surrogates and what lies above U+10FFFF are refused.
std::optional<size_t> CountCharacters(absl::string_view text);

}  // namespace daybook::schema
