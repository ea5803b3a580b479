#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "migrator/sqlite/plan.h"

namespace daybook::migrator::sqlite {

// How a step's changes to a schema are made.
struct Transition {
  int step = 0;
  const SchemaModel& wanted;  // the schema that they lead to
  // Whether what was archived when a table or column went is put back with it.
  bool restores = false;
  // Columns whose values need no archive, as they stand elsewhere.
  std::vector<std::string> kept_elsewhere = {};
  // Values of new columns, as SQL over the row as it was.
  std::map<std::string, std::string> new_values = {};
};

// Appends to `actions` what makes `changes`, in an order in which SQLite takes
// them: nothing that goes is lost without an archive, and indexes come after
// rows. A table that was to be reshaped already is reshaped once, unless
// something in between must see its new shape.
absl::Status AppendTransition(const std::vector<SchemaChange>& changes,
                              const Transition& transition, std::vector<Action>& actions);

}  // namespace daybook::migrator::sqlite
