#pragma once

#include <string>

#include "migrator/exit_code.h"
#include "migrator/report.h"
#include "migrator/store/create_store.h"

namespace daybook::migrator {

// The commands of daybook-migrate. Each ends with a result line in `report`.

// Brings the store at `url` to the newest version. Nothing pending is done
// at once, without waiting for anyone.
ExitCode Apply(const std::string& url, const store::CreateOptions& options, Report& report);

// Tells what is applied and what is pending. With `exit_code_tells`, pending
// migrations end with kPending.
ExitCode Status(const std::string& url, bool exit_code_tells, Report& report);

}  // namespace daybook::migrator
