#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace daybook::cli {

// `text` fit to be shown on a terminal: control characters, and those that turn
// the direction of writing, stand as escapes. Events hold what strangers sent.
std::string ForTerminal(const std::string& text);

// `1 event`, `2 events`.
std::string Counted(uint64_t count, const std::string& one, const std::string& many);

// How many columns `text` takes on a terminal; Hangul and emoji take two.
size_t DisplayWidth(const std::string& text);

// `text` cut to `columns`, with an ellipsis where something is missing, and
// filled up with spaces.
std::string Fit(const std::string& text, size_t columns);

}  // namespace daybook::cli
