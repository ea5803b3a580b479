#include "migrator/migration/source_text.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "schema/utf8.h"

namespace daybook::migration {
namespace {

constexpr absl::string_view kByteOrderMark = "\xef\xbb\xbf";

}  // namespace

absl::Status FileError(absl::string_view file_name, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(file_name, ": ", problem));
}

absl::Status FileError(absl::string_view file_name, int line, int column,
                       absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(file_name, ":", line, ":", column, ": ", problem));
}

absl::StatusOr<absl::string_view> SourceText(absl::string_view file_name, absl::string_view bytes) {
  if (!schema::CountCharacters(bytes)) {
    return FileError(file_name, "is not UTF-8; save it with that encoding");
  }
  if (absl::StrContains(bytes, '\0')) {
    return FileError(file_name, "contains U+0000, at which databases cut text off; take it out");
  }
  return absl::StripPrefix(bytes, kByteOrderMark);
}

}  // namespace daybook::migration
