#include "query/filter_error.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace daybook::query {

absl::Status FilterError(Reason reason, absl::string_view text, size_t at,
                         absl::string_view problem) {
  const absl::string_view before = text.substr(0, at);
  const auto characters = std::count_if(before.begin(), before.end(), [](char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
  });
  return InvalidFieldError({.reason = reason,
                            .field = "filter",
                            .description = absl::StrCat("column ", characters + 1, ": ", problem)});
}

}  // namespace daybook::query
