#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "migrator/backup/job.h"

namespace daybook::migrator::green {

// Where the database that was at `version` goes once another has its place:
// "<database>.blue-<version>", beside it.
std::string BluePath(const std::string& database, int version);

// Looks whether the file of a database can change places with another. Failures:
//   kRefused    it has a second name, something is mounted on it, or the file
//               system knows no exchange
//   kResources  the folder cannot be written
absl::Status CheckPlace(const std::string& database);

// The same, and tries it on two empty files beside the database.
absl::Status TryPlace(const backup::BackupJob& job);

// Removes the old databases beside `database`, but not the one that was at
// version `kept`; -1 keeps none. Tells the names of those removed.
absl::StatusOr<std::vector<std::string>> RemoveBlues(const std::string& database, int kept);

}  // namespace daybook::migrator::green
