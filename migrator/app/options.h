#pragma once

#include <atomic>
#include <string>

#include "absl/time/time.h"

#include "core/clock.h"

namespace daybook::migrator::app {

// What a command over a database of an application was asked for.
struct Options {
  std::string database;         // the path of its file
  std::string migrations;       // the folder of its migrations
  std::string backup_dir = {};  // "" is the folder of the database

  int to = -1;  // the version to reach; -1 is the newest, or for rollback the one before
  // How long to wait for another migrator, a service or an application.
  absl::Duration lock_timeout = absl::Seconds(60);
  // Only the plan with this hash may be applied; "" allows any.
  std::string approve = {};
  bool no_backup = false;
  bool create = false;       // an empty database where there is none
  bool exit_code = false;    // status: end with kPending where something is pending
  bool show_values = false;  // of rows, in reports
  bool read_only = false;    // preflight and verify: without what needs to write

  std::string name = {};  // new: of the migration

  std::string run_id = {};
  std::string build = {};
  const Clock& clock;
  // Set when the program is asked to stop.
  const std::atomic<bool>& stop;
};

}  // namespace daybook::migrator::app
