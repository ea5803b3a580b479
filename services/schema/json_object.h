#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::schema {

// How deep a JSON text may nest.
inline constexpr int kMaxJsonDepth = 128;

// What keeps `text` from being one JSON object by RFC 8259, or nothing. Also
// refused, because readers disagree about them: names that occur twice in one
// object (compared after unescaping, at any depth), lone surrogates in escapes
// and nesting deeper than kMaxJsonDepth. `text` is known to be UTF-8.
std::optional<std::string> BrokenAsJsonObject(absl::string_view text);

}  // namespace daybook::schema
