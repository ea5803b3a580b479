#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "daybook/look.h"

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

// One line, with its CRLF, and with every value exactly as it is: for files and programs.
std::string CsvLine(const std::vector<CsvValue>& values);

// Likewise, fit to be shown on a terminal (terminal_text.h).
std::string CsvLineForTerminal(const std::vector<CsvValue>& values);

// Writes such a line to `out`, which `look` is of.
void WriteCsv(const std::vector<CsvValue>& values, const Look& look, std::ostream& out);

}  // namespace daybook::cli
