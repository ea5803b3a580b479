#pragma once

namespace daybook::cli {

// How `daybook` ends. Stable: scripts decide by it.
enum class ExitCode {
  kDone = 0,
  kRefused = 1,      // the service said no; retrying does not help
  kUsage = 2,        // the command line is wrong
  kNotFound = 3,     // there is no such event, or no store
  kUnavailable = 4,  // not reachable, or overloaded; retrying helps
};

}  // namespace daybook::cli
