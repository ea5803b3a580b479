#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace daybook::migrator::app {

// Text as it stands in a cell of a table in Markdown, on one line.
std::string InCell(absl::string_view text);

}  // namespace daybook::migrator::app
