#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "verify/advance.h"
#include "verify/report.h"
#include "verify/store_facts.h"
#include "verify/unit_result.h"

namespace daybook::verify {

// What all units of a store, in their order, say together: the root at each size that
// a checkpoint signs, and whether what was erased was declared, if only by an event that
// was recorded since. Errors as of reading a segment; CANCELLED where `advance` said so.
absl::StatusOr<Report> Conclude(const StoreFacts& facts, const std::vector<UnitResult>& units,
                                const Advance& advance);

}  // namespace daybook::verify
