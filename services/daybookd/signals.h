#pragma once

#include <optional>

#include "absl/time/time.h"

namespace daybook::daybookd {

// Keeps SIGTERM, SIGINT and SIGHUP for WaitForSignal. Call it before any thread exists:
// a thread without the mask would take the signal and the drain never run.
void BlockSignals();

// The signal that came, or nothing once `patience` is over.
std::optional<int> WaitForSignal(absl::Duration patience);

}  // namespace daybook::daybookd
