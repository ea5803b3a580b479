#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "migrator/sqlite/run_account.h"

namespace daybook::migrator {

// What a run of the program did so far: for its result, and for those who are
// told of it afterwards.
struct RunRecord {
  std::string run_id = {};
  std::string backup_id = {};  // the last that was made or found
  int version = 0;             // of the migration that was last in hand; 0 for none
  int warnings = 0;
  // What was looked at before and after the changes.
  int passed = 0;
  int warned = 0;
  int failed = 0;
  // One for each migration in hand.
  std::vector<sqlite::RunAccount> accounts = {};
};

// The parts of all runs, each with the sum of its times, in the order in which
// they first began; "lock held" and "total" last. Infinite is what is allowed
// where a migration allows any time.
std::vector<sqlite::RunAccount::Phase> PhasesOf(const RunRecord& record);

// The same as fields of a line: {"backup_ms", "12"}, {"backup_allowed_ms", "1000"}.
std::vector<std::pair<std::string, std::string>> TimeFields(
    const std::vector<sqlite::RunAccount::Phase>& phases);

// The parts of one run.
std::vector<sqlite::RunAccount::Phase> PhasesOf(const sqlite::RunAccount& account);

// For people: "backup 12 ms, migrate 40 ms of 10000 ms".
std::string TimesForPeople(const std::vector<sqlite::RunAccount::Phase>& phases);

}  // namespace daybook::migrator
