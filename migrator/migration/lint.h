#pragma once

#include <span>
#include <string>
#include <vector>

#include "migrator/migration/migration_set.h"

namespace daybook::migration {

enum class Severity {
  kError,    // the migration must not be applied
  kWarning,  // it may be, and somebody should have thought about it
};

// Something that a migration should not have.
struct Finding {
  Severity severity = Severity::kError;
  std::string id;       // of the rule, such as `missing-rationale`; stable
  std::string file;     // MigrationFile::file_name
  int step = 0;         // from 1; 0 is the migration as a whole
  std::string message;  // what was found, beginning with the path below the step
  std::string help;     // what mends it
};

// What is wrong with migrations, as far as can be told without a database: by
// file, then by step. Empty where nothing is.
std::vector<Finding> Lint(const MigrationSet& set);

// The same for migrations that may be part of a set, ascending by version.
// Nothing is said about what only those before the first could tell.
std::vector<Finding> Lint(std::span<const MigrationFile> files);

// A rule that Lint() holds migrations to.
struct LintRule {
  Severity severity = Severity::kError;
  std::string id;
  std::string help;
};

// All of them.
std::vector<LintRule> LintRules();

}  // namespace daybook::migration
