#pragma once

#include <atomic>

#include "migrator/migration/failure.h"

namespace daybook::migrator {

// From here on SIGTERM and SIGINT ask the program to stop instead of ending it.
// What is under way is rolled back. Nor does a reader who goes away end it, or a
// limit of the size of files: that is a full disk.
void CatchStopSignals();

// Whether one of them came.
const std::atomic<bool>& StopAsked();

// How the program ends because of it.
migration::ExitCode ExitCodeForStop();

}  // namespace daybook::migrator
