#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "verify/report.h"
#include "verify/store_facts.h"
#include "verify/unit_check.h"

namespace daybook::verify {

// What all units of a store, in their order, say together: the root at each size that
// a checkpoint signs, and whether what was erased was declared. Errors as of reading a
// segment.
absl::StatusOr<Report> Conclude(const StoreFacts& facts, std::vector<UnitResult> units);

}  // namespace daybook::verify
