#pragma once

#include <string>

namespace daybook::cli {

// One line on stderr that says what a command waits for, written over by the next and
// taken away at the end. Nothing where stderr is no terminal.
//
// Thread-compatible.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine() { Clear(); }
  StatusLine(const StatusLine&) = delete;
  StatusLine& operator=(const StatusLine&) = delete;

  void Show(const std::string& text);
  void Clear();

 private:
  const bool is_terminal_;
  bool is_shown_ = false;
};

}  // namespace daybook::cli
