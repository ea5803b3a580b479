#pragma once

#include <cstddef>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"

namespace daybook::journal {

// INVALID_ARGUMENT / FIELD_INVALID on a field of a request.
absl::Status FieldError(absl::string_view field, absl::string_view description);

// How many a page holds at most, as `page_size` of a request asks: 100 for 0, never more than
// 1,000. INVALID_ARGUMENT below 0.
absl::StatusOr<size_t> PageSizeOf(int32_t page_size);

// What of a log of `size` events `as_of_size` of a request asks to look at: all for 0.
// INVALID_ARGUMENT where it is not that long.
absl::StatusOr<LogSize> SnapshotOf(uint64_t as_of_size, LogSize size);

}  // namespace daybook::journal
