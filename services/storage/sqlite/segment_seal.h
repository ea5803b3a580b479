#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook::storage::sqlite {

// Gives a full segment its totals, its indexes, and the triggers that refuse more rows, as the
// statements in its table seal_index say: all of them or none. Others may read it
// meanwhile.
absl::Status BuildIndexes(const std::string& path);

// True once it has them, and no journal.
absl::StatusOr<bool> IsSealed(const std::string& path);

}  // namespace daybook::storage::sqlite
