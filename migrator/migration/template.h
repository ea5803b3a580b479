#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace daybook::migration {

// The text of a fresh NNNN_name.textproto, with comments that say what to
// write. It parses; Lint() asks for what is still to be filled in.
std::string NewMigrationText(int version, absl::string_view name, absl::string_view date);

}  // namespace daybook::migration
