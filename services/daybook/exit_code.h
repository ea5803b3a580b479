#pragma once

namespace daybook::cli {

// How `daybook` ends. Stable: scripts decide by it.
enum class ExitCode {
  kDone = 0,         // also what follows the log and was interrupted, or lost its reader
  kRefused = 1,      // the service said no, or rows cannot be recorded; retrying does not help
  kUsage = 2,        // the command line is wrong
  kNotFound = 3,     // there is no such event, store, database or table, or no row in it
  kUnavailable = 4,  // not reachable, overloaded or locked; retrying helps
  kNotVerified = 5,  // what was checked is not what was recorded, or not what was signed
};

}  // namespace daybook::cli
