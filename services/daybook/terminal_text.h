#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace daybook::cli {

// `text` fit to be shown on a terminal: control characters, those that turn the
// direction of writing, and those that nobody sees stand as escapes. Events hold what
// strangers sent.
std::string ForTerminal(const std::string& text);

// `1 event`, `2 events`.
std::string Counted(uint64_t count, const std::string& one, const std::string& many);

// How many columns `text` takes on a terminal; Hangul and emoji take two, also where
// an emoji is made of several.
size_t DisplayWidth(const std::string& text);

// `text` cut to `columns`, between what people see as characters, with an ellipsis
// where something is missing, and filled up with spaces.
std::string Fit(const std::string& text, size_t columns);

}  // namespace daybook::cli
