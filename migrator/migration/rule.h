#pragma once

#include <span>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"

#include "migrator/migration/lint.h"
#include "migrator/migration/subject.h"

namespace daybook::migration {

// Takes in that something is wrong at a place.
using Report = absl::FunctionRef<void(const Place& place, absl::string_view problem)>;

// One thing that migrations are held to.
struct Rule {
  absl::string_view id;
  Severity severity;
  absl::string_view help;
  void (*judge)(const Subject& subject, Report report);
};

// The rules, by what they look at. Each lives in a source of its own name.
std::span<const Rule> RequiredRules();   // what must be there, and what must be left out
std::span<const Rule> ValueRules();      // values that make sense by themselves
std::span<const Rule> NameRules();       // names of tables, columns, constraints, indexes
std::span<const Rule> PolicyRules();     // what may happen to rows
std::span<const Rule> ChangeRules();     // changes that break programs or data
std::span<const Rule> ColumnRules();     // what new columns hold
std::span<const Rule> SqlRules();        // text that is SQL
std::span<const Rule> StatementRules();  // SQL that is run, and questions asked

}  // namespace daybook::migration
