#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"

namespace daybook::storage::sqlite {

// DATA_LOSS / STORE_DAMAGED.
absl::Status DamagedStoreError(absl::string_view what);
absl::Status MissingEventError(Seq seq);

}  // namespace daybook::storage::sqlite
