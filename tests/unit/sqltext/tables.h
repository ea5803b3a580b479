#pragma once

#include <string>
#include <vector>

namespace daybook::sqltext {

// CREATE TABLE statements that SQLite takes, written to be hard to read. They may
// reference a table `p`.
const std::vector<std::string>& HardTables();

}  // namespace daybook::sqltext
