#include "journal/paging.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::journal {
namespace {

constexpr int32_t kDefaultPageSize = 100;
constexpr int32_t kMaxPageSize = 1'000;

}  // namespace

absl::Status FieldError(absl::string_view field, absl::string_view description) {
  return InvalidFieldError({.reason = Reason::kFieldInvalid,
                            .field = std::string(field),
                            .description = std::string(description)});
}

absl::StatusOr<size_t> PageSizeOf(int32_t page_size) {
  if (page_size < 0) return FieldError("page_size", "must not be negative");
  return static_cast<size_t>(page_size == 0 ? kDefaultPageSize : std::min(page_size, kMaxPageSize));
}

absl::StatusOr<LogSize> SnapshotOf(uint64_t as_of_size, LogSize size) {
  if (as_of_size == 0) return size;
  if (as_of_size > size.value()) {
    return FieldError("as_of_size", absl::StrCat("the log holds only ", size.value(), " events"));
  }
  return LogSize(as_of_size);
}

}  // namespace daybook::journal
