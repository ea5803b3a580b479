#pragma once

#include <optional>

#include "absl/time/time.h"

namespace daybook::daybookd {

// Keeps SIGTERM and SIGINT for WaitForStop. Call it before any thread exists:
// a thread without the mask would take the signal and the drain never run.
void BlockStopSignals();

// The signal that asks to stop, or nothing once `patience` is over.
std::optional<int> WaitForStop(absl::Duration patience);

}  // namespace daybook::daybookd
