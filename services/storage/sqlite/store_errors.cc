#include "storage/sqlite/store_errors.h"

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::storage::sqlite {

absl::Status DamagedStoreError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, what);
}

absl::Status MissingEventError(Seq seq) {
  return DamagedStoreError(absl::StrCat("event ", seq.value(), " is missing"));
}

}  // namespace daybook::storage::sqlite
