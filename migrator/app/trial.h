#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/app/applier.h"
#include "migrator/app/holdings.h"
#include "migrator/app/options.h"
#include "migrator/migration/migration_set.h"
#include "migrator/report.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// Migrations going up and down on a copy, one by one, by the same steps as apply
// and rollback. Whenever a version is reached again, what the database holds is
// compared with what it held there the first time.
//
// Thread-compatible.
class Trial {
 public:
  // All must outlive it; `options` are those of the copy that `database` is.
  Trial(db::sqlite::Connection& database, const migration::MigrationSet& set,
        const Options& options, Report& report, sqlite::Observer& observer)
      : database_(database), set_(set), options_(options), report_(report), observer_(observer) {}

  // Remembers what is there now. Comes first.
  absl::Status Begin();

  // Applies all that is pending up to version `to`.
  absl::Status Up(int to);

  // Takes migrations back until the database is at version `to`.
  absl::Status Down(int to);

  // Proves what is applied once more, as `verify` does.
  absl::Status Prove();

  // The lowest version that the applied migrations lead back to.
  absl::StatusOr<int> Floor();

  // A sentence for each thing that did not hold.
  const std::vector<std::string>& faults() const { return faults_; }

  const std::vector<AppliedPlan>& applied() const { return applied_; }

  // What each version held when it was reached first.
  const std::map<int, Holdings>& reached() const { return reached_; }

 private:
  absl::Status Reach(int version, absl::string_view how);
  void Fault(std::string text);

  db::sqlite::Connection& database_;
  const migration::MigrationSet& set_;
  const Options& options_;
  Report& report_;
  sqlite::Observer& observer_;
  std::vector<std::string> faults_;
  std::vector<AppliedPlan> applied_;
  std::map<int, Holdings> reached_;
};

}  // namespace daybook::migrator::app
