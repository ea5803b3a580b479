#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace daybook::cli {

// Comma-separated values as RFC 4180 has them.
//
// Spreadsheets run what begins with = + - or @, and events hold what strangers sent. A
// text that begins with one of these, or with their full-width twins, a tab or a line
// break, has an apostrophe before it, and so has one that begins with an apostrophe:
// who takes one away from the front of a text has what was recorded.

struct CsvValue {
  std::string value;
  // What others chose. Numbers, times and names of the contract are not.
  bool is_text = false;
};

// One line, with its CRLF.
std::string CsvLine(const std::vector<CsvValue>& values);

}  // namespace daybook::cli
