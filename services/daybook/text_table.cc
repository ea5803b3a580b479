#include "daybook/text_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "daybook/terminal_text.h"

namespace daybook::cli {
namespace {

constexpr size_t kMaxColumnWidth = 40;

}  // namespace

void PrintRows(const std::vector<std::vector<std::string>>& rows, std::ostream& out) {
  std::vector<size_t> widths(rows.front().size());
  for (const auto& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::min(kMaxColumnWidth, std::max(widths[i], DisplayWidth(row[i])));
    }
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&line, i == 0 ? "" : "  ", Fit(row[i], widths[i]));
    }
    line.resize(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

}  // namespace daybook::cli
