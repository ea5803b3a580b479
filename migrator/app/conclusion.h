#pragma once

#include "migrator/app/options.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// Tells those who do not read the report how a run of apply or rollback ends: the
// metrics file and the hooks, of whatever options.outlets names. What fails is a
// warning. Where the program is asked to stop, nobody is waited for.
void Conclude(const Options& options, const Outcome& outcome, Report& report);

}  // namespace daybook::migrator::app
