#pragma once

#include <string>
#include <vector>

#include "migrator/migration/failure.h"

namespace daybook::migrator::app {

// Something about a database that an operator should know.
struct Symptom {
  std::string id;
  std::string text;       // what it is, and what it means
  std::string next = {};  // the command that helps, "" where none is needed
  // What it makes the program end with; kDone where all works nevertheless.
  migration::ExitCode code = migration::ExitCode::kDone;
};

using Symptoms = std::vector<Symptom>;

}  // namespace daybook::migrator::app
