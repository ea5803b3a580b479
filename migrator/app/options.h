#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "core/clock.h"
#include "migrator/app/time_limits.h"
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

// What is asked of a trial on a copy.
struct TrialOptions {
  std::string folder = {};   // of the copy; "" is that of the backups
  std::string fixture = {};  // test: SQL that makes the database, instead of a copy
  int baseline = 0;          // test: up to which version a fixture is a baseline
  int last = 0;              // test: how many of those applied; 0 is all
  bool no_down = false;      // rehearse: without the way back
  std::string command = {};  // rehearse: what to run on the migrated copy
  // rehearse: where the report goes. apply: where it is, "" where rehearse puts it.
  std::string report = {};
  // apply: how old a rehearsal may be; zero asks for none.
  absl::Duration required_within = absl::ZeroDuration();
};

// Who is told of what apply and rollback do, besides the report's readers. "" is
// nobody.
struct Outlets {
  std::string spool_dir = {};           // for daybookd to record
  std::string metrics_file = {};        // for Prometheus
  std::vector<std::string> hooks = {};  // commands, in words apart by blanks
  bool hooks_required = false;          // nothing is changed unless they end with 0
};

// Which kept rows a command is about, and what it may do with them.
struct QuarantineOptions {
  int64_t id = 0;               // of one row; 0 is none
  std::string constraint = {};  // the rows that broke it
  bool all = false;             // replay: every row
  int limit = 100;              // list: so many lines
  bool show_values = false;     // show: the values too
  std::string file = {};        // export: to write
  std::string subject = {};     // purge: TABLE.COLUMN=VALUE
  std::string before = {};      // purge: what was kept before then, RFC 3339
  bool yes_purge = false;
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
  Outlets outlets = {};
  TimeLimits limits = {};

  int to = -1;  // the version to reach; -1 is the newest, or for rollback the one before
  // How long to wait for another migrator, a service or an application.
  absl::Duration lock_timeout = absl::Seconds(60);
  // Only the plan with this hash may be applied; "" allows any.
  std::string approve = {};
  bool warnings_as_errors = false;
  bool create = false;     // an empty database where there is none
  bool exit_code = false;  // status: end with kPending where something is pending

  bool explain = false;    // plan: as a runbook for people
  bool read_only = false;  // verify: look, and try nothing
  // As though what contracts wait for had passed: for trials alone.
  bool skip_waiting = false;
  // The database is a copy for a trial: it never changes places with another, and
  // what guards the real one does not guard it.
  bool on_copy = false;
  Via via = Via::kAuto;  // rollback

  std::string name = {};  // new: of the migration
  TrialOptions trial = {};

  std::string reason = {};       // rollback: why
  std::string environment = {};  // environment: the mark to set; "" tells it
  QuarantineOptions quarantine = {};

  std::string run_id = {};
  std::string build = {};
  const Clock& clock;
  // Set when the program is asked to stop.
  const std::atomic<bool>& stop;
};

}  // namespace daybook::migrator::app
