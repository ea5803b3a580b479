#include "daybook/text_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "daybook/terminal_text.h"

namespace daybook::cli {
namespace {

constexpr size_t kRowsAtOnce = 1'000;
constexpr size_t kColumnsBetween = 2;

absl::string_view ColorOf(Emphasis emphasis) {
  switch (emphasis) {
    case Emphasis::kPlain:
      return "";
    case Emphasis::kHeader:
      return "\x1b[1m";
    case Emphasis::kBad:
      return "\x1b[1;31m";
    case Emphasis::kWarning:
      return "\x1b[1;33m";
    case Emphasis::kFaint:
      return "\x1b[2m";
  }
  return "";
}

std::string FitNumber(const std::string& text, size_t columns) {
  const size_t width = DisplayWidth(text);
  return width < columns ? absl::StrCat(std::string(columns - width, ' '), text) : text;
}

}  // namespace

std::string Colored(const std::string& text, Emphasis emphasis) {
  const absl::string_view color = ColorOf(emphasis);
  if (color.empty()) return text;
  return absl::StrCat(color, text, "\x1b[0m");
}

void TextTable::Add(std::vector<Cell> row) {
  for (Cell& cell : row) {
    cell.text = ForTerminal(cell.text);
    cell.brief = ForTerminal(cell.brief);
  }
  rows_.push_back(std::move(row));
  if (rows_.size() == kRowsAtOnce) Flush();
}

void TextTable::Flush() {
  if (rows_.empty()) return;
  Measure();
  if (!has_header_) {
    std::vector<Cell> header;
    header.reserve(columns_.size());
    for (const Column& column : columns_) {
      header.push_back({.text = column.name, .emphasis = Emphasis::kHeader});
    }
    Write(header);
    has_header_ = true;
  }
  for (const auto& row : rows_) Write(row);
  rows_.clear();
}

void TextTable::Measure() {
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!has_header_) widths_[i] = DisplayWidth(columns_[i].name);
    for (const auto& row : rows_) widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
  }
  if (!look_.columns || Total() <= *look_.columns) return;
  TakeBriefTexts();
  const std::vector<size_t> uncut = widths_;
  CutTo(*look_.columns);
  // The header says which columns there are, so that is settled with the first rows.
  while (!has_header_ && Total() > *look_.columns && LeaveOneOut()) {
    widths_ = uncut;
    CutTo(*look_.columns);
  }
}

void TextTable::TakeBriefTexts() {
  for (size_t i = 0; i < columns_.size(); ++i) {
    widths_[i] = DisplayWidth(columns_[i].name);
    for (auto& row : rows_) {
      if (!row[i].brief.empty()) row[i].text = row[i].brief;
      widths_[i] = std::max(widths_[i], DisplayWidth(row[i].text));
    }
  }
}

size_t TextTable::Total() const {
  size_t total = 0;
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (!is_left_out_[i]) total += widths_[i] + (total == 0 ? 0 : kColumnsBetween);
  }
  return total;
}

// Takes from the widest, as long as one may be cut.
void TextTable::CutTo(size_t columns) {
  for (size_t total = Total(); total > columns; --total) {
    size_t* widest = nullptr;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const bool may_be_cut = columns_[i].least != 0 && widths_[i] > columns_[i].least;
      if (!may_be_cut || is_left_out_[i]) continue;
      if (widest == nullptr || widths_[i] > *widest) widest = &widths_[i];
    }
    if (widest == nullptr) return;
    --*widest;
  }
}

// False where there is none that may be left out.
bool TextTable::LeaveOneOut() {
  size_t next = columns_.size();
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].gives_way == 0 || is_left_out_[i]) continue;
    if (next == columns_.size() || columns_[i].gives_way < columns_[next].gives_way) next = i;
  }
  if (next == columns_.size()) return false;
  is_left_out_[next] = true;
  return true;
}

void TextTable::Write(const std::vector<Cell>& row) {
  std::string line;
  size_t spaces = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    if (is_left_out_[i]) continue;
    std::string shown =
        columns_[i].is_number ? FitNumber(row[i].text, widths_[i]) : Fit(row[i].text, widths_[i]);
    const size_t end = shown.find_last_not_of(' ') + 1;
    const size_t behind = shown.size() - end;
    shown.resize(end);
    if (!shown.empty()) {
      absl::StrAppend(&line, std::string(spaces, ' '),
                      look_.has_color ? Colored(shown, row[i].emphasis) : shown);
      spaces = 0;
    }
    spaces += behind + kColumnsBetween;
  }
  out_ << line << '\n';
}

}  // namespace daybook::cli
