#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/evidence/tar.h"
#include "daybook/signed_head.h"
#include "ledger/note_key.h"
#include "telemetry/progress.h"

namespace daybook::cli::evidence {

// What a case that verifies says.
struct CheckedCase {
  uint64_t events = 0;
  ledger::Checkpoint checkpoint = {};
  std::string filter = {};
  std::string made_at = {};
  std::string made_by = {};
  std::string dropped_events = {};  // how many of the first; older cases do not say
};

// Verifies all that is in a case: nothing is in it that was not looked at. With no
// `keys`, against the key in the case, which is its maker's word. NotVerifiedError
// where something does not fit; NOT_FOUND where there is no such file.
absl::StatusOr<CheckedCase> CheckCase(const std::string& path,
                                      std::span<const ledger::VerifierKey> keys,
                                      telemetry::Progress& progress);

}  // namespace daybook::cli::evidence
