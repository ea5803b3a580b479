#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "daybook/audit/v1/event.pb.h"

namespace daybook::spool {

// What became of one migration in one run of the migrator.
struct MigrationEvent {
  enum class Kind {
    kApplied,     // migration.applied
    kRolledBack,  // migration.rolled_back: taken back after it was applied
    kFailed,      // migration.failed: the database is as it was, unless `reason` says else
  };

  Kind kind = Kind::kApplied;
  std::string run;       // ties the events of a run together
  std::string database;  // its name; never with a password in it
  int version = 0;
  std::string name;
  std::string checksum = {};
  std::string strategy = {};  // single_tx, schema_edit, blue_green
  std::string build = {};     // of daybook-migrate
  // When it ended, and how long it took.
  absl::Time at;
  absl::Duration took;
  // Why it failed, as a code: VERIFICATION.
  std::string reason = {};
  // What was counted: {"quarantined_rows", 1}.
  std::vector<std::pair<std::string, int64_t>> counts = {};
};

// The event that the log will hold. docs/api.md states its fields.
audit::v1::Event ToEvent(const MigrationEvent& migration);

}  // namespace daybook::spool
