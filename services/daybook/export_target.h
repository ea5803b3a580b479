#pragma once

#include <string>

namespace daybook::cli {

// What the -o of an export names.
enum class ExportTarget {
  kFile,    // one that is there, or is to be made
  kStdout,  // `-`, and its names in /dev
  kDevice,  // anything else that takes lines: a pipe, /dev/null
  kUnfit,   // a folder, a disk
};

// Nothing in /dev is ever a file that is to be made: whoever may would leave one there.
ExportTarget TargetOf(const std::string& path);

}  // namespace daybook::cli
