#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/migration/v1/rehearsal.pb.h"
#include "migrator/app/options.h"

namespace daybook::migrator::app {

using Rehearsal = migration::v1::Rehearsal;

// Where the report of a rehearsal goes, as the options say: beside the backups
// where they name no file.
std::string RehearsalPath(const Options& options);

// Puts the report at `path`, whole or not at all, with its own SHA-256 in it.
absl::Status WriteRehearsal(const std::string& path, Rehearsal rehearsal);

// NOT_FOUND where there is none; DATA_LOSS where it is no report, one of a newer
// format, or was changed since it was written.
absl::StatusOr<Rehearsal> ReadRehearsal(const std::string& path);

// The reports about the database of `options` that lie beside its backups, or the
// one that they name; the newest first. `unreadable` gets a sentence for each that
// is none.
std::vector<Rehearsal> ListRehearsals(const Options& options, std::vector<std::string>& unreadable);

}  // namespace daybook::migrator::app
