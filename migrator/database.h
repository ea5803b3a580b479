#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::migrator {

// The database that --database names.
struct Database {
  std::string path;  // of a store's folder, or of a database's file
};

// Parses sqlite:PATH. INVALID_ARGUMENT for anything else.
absl::StatusOr<Database> ParseDatabase(absl::string_view url);

}  // namespace daybook::migrator
