#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "migrator/app/commands.h"
#include "migrator/app/state.h"
#include "migrator/migration/failure.h"

namespace daybook::migrator::app {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::migration::Failure;

constexpr absl::Duration kFirstPause = absl::Milliseconds(50);
constexpr absl::Duration kLongestPause = absl::Seconds(2);
// How soon a signal is heard.
constexpr absl::Duration kLook = absl::Milliseconds(50);

// Makes a table and writes to it, inside a transaction that never commits.
absl::Status TryToWrite(Connection& database, const std::string& run_id) {
  const std::string table = absl::StrCat("daybook_wait_", run_id);
  absl::Status tried;
  bool by_lock = false;
  const absl::Status rolled_back = database.InTransaction([&]() -> absl::Status {
    tried = database.Execute(absl::StrCat("CREATE TABLE ", table, " (x); INSERT INTO ", table,
                                          " VALUES (1); DROP TABLE ", table));
    if (!tried.ok()) by_lock = database.LastRefusal().by_lock;
    return absl::AbortedError("a trial leaves no trace");
  });
  if (!absl::IsAborted(rolled_back)) {
    tried = rolled_back;
    by_lock = absl::IsUnavailable(rolled_back);
  }
  if (!by_lock) return tried;
  return Failure(ExitCode::kServiceLive,
                 absl::StrCat("another program is using the database: ", tried.message()),
                 "let it finish or stop it, then run it again");
}

// Whether it can be read, written, and its schema be changed, now.
absl::Status TryOnce(const Options& options) {
  Options at_once = options;
  at_once.lock_timeout = absl::ZeroDuration();
  DAYBOOK_ASSIGN_OR_RETURN(Connection database, OpenForChange(at_once));
  return TryToWrite(database, options.run_id);
}

void Pause(absl::Duration pause, absl::Time deadline, const Options& options) {
  const absl::Time end = std::min(absl::Now() + pause, deadline);
  while (!options.stop && absl::Now() < end) {
    absl::SleepFor(std::min(kLook, end - absl::Now()));
  }
}

absl::Status WaitUntilReady(const Options& options, Report& report, int& tries) {
  const absl::Time deadline = absl::Now() + options.lock_timeout;
  absl::Duration pause = kFirstPause;
  while (true) {
    ++tries;
    absl::Status tried = TryOnce(options);
    const bool may_change = !tried.ok() && migration::IsRetryable(migration::ExitCodeOf(tried));
    if (options.stop) return absl::CancelledError("asked to stop while waiting for the database");
    if (!may_change || absl::Now() >= deadline) return tried;
    if (tries == 1) report.Step("waiting", absl::StrCat("waiting: ", tried.message()));
    Pause(pause, deadline, options);
    pause = std::min(pause * 2, kLongestPause);
  }
}

}  // namespace

ExitCode Wait(const Options& options, Report& report) {
  int tries = 0;
  const absl::Status ready = WaitUntilReady(options, report, tries);
  const Report::Fields fields = {{"tries", absl::StrCat(tries)}};
  if (!ready.ok()) return report.Fail(ready, fields);
  return report.Result(ExitCode::kDone, "ready",
                       "ready: the database can be read and written, and its schema be changed", "",
                       fields);
}

}  // namespace daybook::migrator::app
