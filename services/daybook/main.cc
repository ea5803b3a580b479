#include <csignal>
#include <iostream>

#include "daybook/command_line.h"
#include "daybook/exit_code.h"
#include "daybook/standard_output.h"

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);  // the stream tells of it, and what was asked for is done
  daybook::cli::CommandLine command_line;
  const daybook::cli::ExitCode code = command_line.Run(argc, argv);
  if (!std::cout.flush() && !daybook::cli::IsStdoutUnread()) {
    std::cerr << "daybook: what was to be shown could not be written\n";
    return static_cast<int>(daybook::cli::ExitCode::kRefused);
  }
  return static_cast<int>(code);
}
