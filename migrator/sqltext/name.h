#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace daybook::sqltext {

// The name that a token stands for: a word as it is, "x", `x`, [x] and 'x'
// without their quotes. What does not end in its quote is read to its end.
std::string Unquote(absl::string_view token_text);

// `name` as a token that is read as this name wherever a name may stand.
std::string QuoteName(absl::string_view name);

// `text`, which holds no NUL, as a string literal.
std::string QuoteText(absl::string_view text);

// True where SQLite takes both for the same name: only A to Z lose their case.
bool SameName(absl::string_view a, absl::string_view b);

// One text for all spellings of the same name, as a key of maps.
std::string FoldName(absl::string_view name);

}  // namespace daybook::sqltext
