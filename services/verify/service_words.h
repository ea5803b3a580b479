#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

#include "verify/unit_result.h"

namespace daybook::verify {

// Takes what an event of the service says of the log: what it erased, dropped, summed up,
// and which keys it signs with.
void TakeServiceWord(uint64_t seq, absl::string_view action, absl::string_view public_details,
                     absl::string_view details, UnitResult& result);

}  // namespace daybook::verify
