#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <vector>

#include "daybook/look.h"

namespace daybook::cli {

enum class Emphasis { kPlain, kHeader, kBad, kWarning, kFaint };

// `text` in the colour that stands for `emphasis`.
std::string Colored(const std::string& text, Emphasis emphasis);

struct Cell {
  std::string text;
  Emphasis emphasis = Emphasis::kPlain;
  std::string brief = {};  // what stands there where the terminal is too narrow
};

struct Column {
  std::string name;
  size_t least = 0;  // it may be cut to so many columns of the terminal; 0 is never
  bool is_number = false;
  // Where cutting does not help it is left out: first of all with 1, then 2; 0 is never.
  int gives_way = 0;
};

// A table for people. Rows come out a thousand at a time, so that a long one takes
// little memory; from one thousand to the next columns may change their width. What
// cells hold is made fit for a terminal.
//
// Thread-compatible.
class TextTable {
 public:
  // `out` must outlive it.
  TextTable(std::vector<Column> columns, const Look& look, std::ostream& out)
      : columns_(std::move(columns)),
        look_(look),
        out_(out),
        widths_(columns_.size()),
        is_left_out_(columns_.size()) {}

  // As many cells as there are columns.
  void Add(std::vector<Cell> row);

  // Writes what is left. The header comes with the first row.
  void Flush();

 private:
  void Measure();
  void TakeBriefTexts();
  size_t Total() const;
  void CutTo(size_t columns);
  bool LeaveOneOut();
  void Write(const std::vector<Cell>& row);

  const std::vector<Column> columns_;
  const Look look_;
  std::ostream& out_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<size_t> widths_;
  std::vector<bool> is_left_out_;
  bool has_header_ = false;
};

}  // namespace daybook::cli
