#pragma once

#include "db/sqlite/connection.h"
#include "migrator/app/options.h"
#include "migrator/app/state.h"
#include "migrator/report.h"

namespace daybook::migrator::app {

// Tells, in Markdown, what is pending, why, what it costs, and which commands to
// run in which order: for the people who will sit there. Reads only; no value of
// a row is in it.
ExitCode Explain(db::sqlite::Connection& database, const State& state, const Options& options,
                 Report& report);

}  // namespace daybook::migrator::app
