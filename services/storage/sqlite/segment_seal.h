#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook::storage::sqlite {

// Makes a full segment what it will be for ever. Two steps, each of which may be
// cut off anywhere and done again.

// Gives the file its indexes, and the triggers that refuse more rows, as the
// statements in its table seal_index say: all of them or none. Others may read it
// meanwhile.
absl::Status BuildIndexes(const std::string& path);

// Turns it into one plain file without journals. UNAVAILABLE where somebody has
// it open.
absl::Status LeaveJournals(const std::string& path);

// True once both are done.
absl::StatusOr<bool> IsSealed(const std::string& path);

}  // namespace daybook::storage::sqlite
