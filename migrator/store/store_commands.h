#pragma once

#include <string>

#include "migrator/migration/failure.h"
#include "migrator/report.h"
#include "migrator/store/create_store.h"

namespace daybook::migrator::store {

// What daybook-migrate does with a store. Each command ends with a result line in `report`.

// Brings the store in `folder` to the newest version. Nothing pending is done
// at once, without waiting for anyone.
ExitCode Apply(const std::string& folder, const CreateOptions& options, Report& report);

// Tells what is applied and what is pending. With `exit_code_tells`, pending
// migrations end with kPending.
ExitCode Status(const std::string& folder, bool exit_code_tells, Report& report);

}  // namespace daybook::migrator::store
