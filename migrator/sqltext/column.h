#pragma once

#include <string>
#include <vector>

#include "migrator/sqltext/constraint.h"
#include "migrator/sqltext/range.h"

namespace daybook::sqltext {

enum class Generated { kNo, kVirtual, kStored };

// A column as it is written in a CREATE TABLE. Ranges are of that text.
struct Column {
  std::string name;  // without quotes
  Range name_range;
  // The type as it is written: "VARCHAR (10)"; "" where there is none.
  std::string type;
  // The name and the type: what stands before the constraints.
  Range head;
  // The whole definition, without the comma.
  Range range;
  std::vector<Constraint> constraints;
  Generated generated = Generated::kNo;
};

}  // namespace daybook::sqltext
