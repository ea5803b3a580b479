#pragma once

#include <string>

namespace daybook::cli::evidence {

// Says in plain words, and as a program, how to check a case without Daybook.
std::string HowToCheck();

}  // namespace daybook::cli::evidence
