#include "daybook/status_line.h"

#include <unistd.h>

#include <iostream>

namespace daybook::cli {
namespace {

constexpr char kEmptyLine[] = "\r\x1b[K";

}  // namespace

StatusLine::StatusLine() : is_terminal_(isatty(STDERR_FILENO) != 0) {}

void StatusLine::Show(const std::string& text) {
  if (!is_terminal_) return;
  std::cerr << kEmptyLine << text << std::flush;
  is_shown_ = true;
}

void StatusLine::Clear() {
  if (is_shown_) std::cerr << kEmptyLine << std::flush;
  is_shown_ = false;
}

}  // namespace daybook::cli
