#pragma once

#include <string>

#include "daybook/command_tree.h"

namespace daybook::cli {

// Scripts by which shells complete commands, flags, and their values.
std::string BashCompletion(const CommandWords& program);
std::string ZshCompletion(const CommandWords& program);
std::string FishCompletion(const CommandWords& program);

}  // namespace daybook::cli
