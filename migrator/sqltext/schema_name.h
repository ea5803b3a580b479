#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace daybook::sqltext {

enum class SchemaKind { kTable, kVirtualTable, kIndex, kTrigger, kView };

// What a CREATE statement makes. Names are without quotes.
struct SchemaName {
  SchemaKind kind = SchemaKind::kTable;
  std::string name;
  // The table, or view, of an index or trigger; of others, their own name.
  std::string table;
};

// Reads the head of a CREATE statement of any kind; what follows is not looked
// at. INVALID_ARGUMENT, with the line, where it is none.
absl::StatusOr<SchemaName> ParseCreate(absl::string_view sql);

}  // namespace daybook::sqltext
