#pragma once

#include <span>

#include "absl/strings/string_view.h"

namespace daybook::sqltext {

// CREATE TABLE statements that SQLite takes, written to be hard to read. They may
// reference a table `p`.
std::span<const absl::string_view> HardTables();

}  // namespace daybook::sqltext
