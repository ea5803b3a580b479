#pragma once

#include <string>

#include "google/protobuf/message.h"
#include "migrator/migration/migration_file.h"

namespace daybook::migration {

// A message in a migration, and where it stands.
struct Place {
  const MigrationFile* file = nullptr;
  int step = 0;                                        // from 1; 0 is beside the steps
  std::string path;                                    // below the step: `create_table.check[2]`
  const google::protobuf::Message* message = nullptr;  // lives as long as the file
  const Place* parent = nullptr;                       // nullptr for the migration itself
};

// `place` as a T; nullptr where it is another message.
template <typename T>
const T* As(const Place& place) {
  return google::protobuf::DynamicCastToGenerated<T>(place.message);
}

// The T that `place` is in, nullptr where it is in none.
template <typename T>
const T* Enclosing(const Place& place) {
  for (const Place* above = place.parent; above != nullptr; above = above->parent) {
    if (const T* found = As<T>(*above)) return found;
  }
  return nullptr;
}

// The table that a step is about, "" where it is about none.
std::string TableOf(const Place& place);

}  // namespace daybook::migration
