#pragma once

#include "daybookd/config.h"

namespace daybook::daybookd {

// Runs the service until a signal asks it to stop; the exit code of the
// process. Stop signals are blocked.
int RunDaemon(const Config& config);

}  // namespace daybook::daybookd
