#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace daybook::cli {

// Rows of cells, the first of them the header, as a table for people. Cells are
// fit for a terminal; those that are very wide are cut.
void PrintRows(const std::vector<std::vector<std::string>>& rows, std::ostream& out);

}  // namespace daybook::cli
