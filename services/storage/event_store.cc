#include "storage/event_store.h"

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::storage {

absl::Status EventNotFoundError(Seq seq, LogSize size) {
  return ErrorWithReason(
      absl::StatusCode::kNotFound, Reason::kEventNotFound,
      absl::StrCat("there is no event ", seq.value(), ": the log holds ", size.value(), " events"));
}

}  // namespace daybook::storage
