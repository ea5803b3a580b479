#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::migration {

// An error that is mended in `file_name`. Lines and columns count from 1.
absl::Status FileError(absl::string_view file_name, absl::string_view problem);
absl::Status FileError(absl::string_view file_name, int line, int column,
                       absl::string_view problem);

// `bytes` as text, without the byte order mark that some editors write. Lives
// as long as `bytes`. INVALID_ARGUMENT for what is not UTF-8 and for U+0000.
absl::StatusOr<absl::string_view> SourceText(absl::string_view file_name, absl::string_view bytes);

}  // namespace daybook::migration
