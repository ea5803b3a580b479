#pragma once

#include <string>

#include "daybook/command_tree.h"

namespace daybook::cli {

// The manual page daybook(1), for groff.
std::string ManPage(const CommandWords& program, const std::string& version);

}  // namespace daybook::cli
