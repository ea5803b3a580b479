#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::migration {

// What the name of a migration file says.
struct FileName {
  enum class Part { kDeclaration, kUp, kDown };
  enum class Engine { kBoth, kSqlite, kPostgres };

  int version = 0;   // NNNN: from 1
  std::string name;  // the rest, `schema_enhancements`
  Part part = Part::kDeclaration;
  Engine engine = Engine::kBoth;
};

// Parses NNNN_name.textproto, NNNN_name.{up,down}.sql and
// NNNN_name.{up,down}.{sqlite,postgres}.sql, where the name is of lower-case
// letters, digits and underscores and begins with a letter. INVALID_ARGUMENT
// for anything else, beginning with `file_name`.
absl::StatusOr<FileName> ParseFileName(absl::string_view file_name);

}  // namespace daybook::migration
