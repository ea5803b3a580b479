#pragma once

#include <string>

#include "absl/status/status.h"

namespace daybook::migrator::backup {

// Gives the database at `path`, one plain file that nobody has open, the journal
// mode that another has: "wal" is part of the file, and all others are not.
absl::Status SetJournalMode(const std::string& path, const std::string& mode);

}  // namespace daybook::migrator::backup
