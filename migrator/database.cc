#include "migrator/database.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace daybook::migrator {
namespace {

constexpr absl::string_view kSqlite = "sqlite:";

}  // namespace

absl::StatusOr<Database> ParseDatabase(absl::string_view url) {
  if (absl::StartsWith(url, "postgres:") || absl::StartsWith(url, "postgresql:")) {
    return absl::InvalidArgumentError("this version migrates SQLite only: sqlite:PATH");
  }
  if (!absl::StartsWith(url, kSqlite) || url.size() == kSqlite.size()) {
    // The value is not repeated: it may hold a password.
    return absl::InvalidArgumentError(
        "--database must be sqlite:PATH: the folder of a store, or the file of a database");
  }
  const absl::string_view path = absl::StripPrefix(url, kSqlite);
  if (path == ":memory:") {
    return absl::InvalidArgumentError("a database in memory ends with the program: name a file");
  }
  return Database{.path = std::string(path)};
}

}  // namespace daybook::migrator
