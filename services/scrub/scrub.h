#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "db/sqlite/store_layout.h"
#include "ledger/note_key.h"
#include "scrub/news.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "verify/advance.h"
#include "verify/report.h"

namespace daybook::scrub {

// Verifies the store of a running service, as slowly as it is told to, pass after pass.
// Only reads its files.
//
// Thread-compatible.
class Scrub {
 public:
  struct Options {
    uint64_t rate = 20'000;                 // events a second; above 0
    absl::Duration pause = absl::Hours(1);  // from one pass to the next
  };

  // What it uses must outlive it.
  struct Collaborators {
    db::sqlite::StoreLayout layout;
    std::vector<ledger::VerifierKey> keys;  // the log's own
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  // Waits so long; false where it is to end.
  using Wait = std::function<bool(absl::Duration)>;

  Scrub(Collaborators collaborators, const Options& options);

  // One pass over the whole log, or as much of it as can be read; tells what it found.
  // How long to wait until the next.
  absl::Duration RunPass(const Wait& wait);

 private:
  absl::StatusOr<verify::Report> Verify(const verify::Advance& advance, const Wait& wait);

  const Collaborators with_;
  const Options options_;
  News news_;
};

}  // namespace daybook::scrub
