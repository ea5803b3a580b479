#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "core/errors.h"

namespace daybook::query {

// INVALID_ARGUMENT on the field `filter`, at the byte `at` of `text`. People are told the
// column, which counts characters (code points) from 1.
absl::Status FilterError(Reason reason, absl::string_view text, size_t at,
                         absl::string_view problem);

}  // namespace daybook::query
