#pragma once

#include <ostream>
#include <string>

#include "absl/time/time.h"

#include "daybook/verify_keys.h"
#include "verify/report.h"

namespace daybook::cli {

// What `daybook verify` found, and what that rests on.
struct VerifyOutcome {
  std::string of;  // a folder, or the address of a service
  verify::Report report;
  KeySource keys = KeySource::kNone;
  absl::Duration took;
};

// As a table, with what the result does not show.
void PrintForPeople(const VerifyOutcome& outcome, absl::Time now, std::ostream& out);

// A line for each finding, then one with the result.
void PrintJson(const VerifyOutcome& outcome, int exit_code, std::ostream& out);

}  // namespace daybook::cli
