#include <iostream>

#include "daybook/command_line.h"
#include "daybook/exit_code.h"

int main(int argc, char** argv) {
  daybook::cli::CommandLine command_line;
  const daybook::cli::ExitCode code = command_line.Run(argc, argv);
  if (!std::cout.flush()) {
    std::cerr << "daybook: what was to be shown could not be written\n";
    return static_cast<int>(daybook::cli::ExitCode::kRefused);
  }
  return static_cast<int>(code);
}
