#pragma once

#include <atomic>
#include <string>

#include "absl/time/time.h"

#include "core/clock.h"
#include "migrator/backup/upload.h"

namespace daybook::migrator::app {

// What is asked of backups.
struct BackupOptions {
  std::string folder = {};    // "" is the folder of the database
  std::string key_file = {};  // what encrypts them; "" leaves them plain
  absl::Duration keep = absl::Hours(30 * 24);
  backup::Upload upload = {};  // no command, no upload
  bool none = false;           // apply without one

  // Which one, where one is asked for.
  std::string id = "latest-verified";
  std::string table = {};              // restore: of this table alone
  bool from_another_database = false;  // restore: let it be of another file
  bool set_damaged_aside = false;      // restore: though nothing can be backed up
};

// By what way a rollback leads back.
enum class Via {
  kAuto,     // the first of these that is possible
  kBlue,     // the old database that BLUE_GREEN left beside it, where nobody has written since
  kDown,     // each migration's own way back; what was written since stays
  kRestore,  // the backup, where nobody has written since
};

// What a command over a database of an application was asked for.
struct Options {
  std::string database = {};    // the path of its file
  std::string migrations = {};  // the folder of its migrations
  BackupOptions backup = {};

  int to = -1;  // the version to reach; -1 is the newest, or for rollback the one before
  // How long to wait for another migrator, a service or an application.
  absl::Duration lock_timeout = absl::Seconds(60);
  // Only the plan with this hash may be applied; "" allows any.
  std::string approve = {};
  bool create = false;     // an empty database where there is none
  bool exit_code = false;  // status: end with kPending where something is pending

  Via via = Via::kAuto;     // rollback
  std::string reason = {};  // rollback: why, for the history

  std::string name = {};  // new: of the migration

  std::string run_id = {};
  std::string build = {};
  const Clock& clock;
  // Set when the program is asked to stop.
  const std::atomic<bool>& stop;
};

}  // namespace daybook::migrator::app
