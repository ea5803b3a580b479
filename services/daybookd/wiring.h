#pragma once

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/clock.h"
#include "daybookd/config.h"
#include "db/sqlite/file_lock.h"
#include "db/sqlite/store_layout.h"
#include "detect/rule.h"
#include "journal/journal.h"
#include "journal/spool_watch.h"
#include "scrub/scrubber.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "witness/witness.h"

namespace daybook::daybookd {

// A store that is open, and the use cases over it: the one place that names an
// engine.
struct OpenStore {
  db::sqlite::FileLock lock;
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<journal::SpoolWatch> spool;  // ends before the journal
  std::unique_ptr<scrub::Scrubber> scrubber;   // ends first; none where it is off
};

// Opens the store of `config`, and looks for `rules` in its log; for none, ever, without.
// Besides what opening may meet:
//   NOT_FOUND                              there is none; the message names the command
//   FAILED_PRECONDITION / SCHEMA_OUTDATED  its version does not suit this build, likewise
//   UNAVAILABLE                            another process holds it
absl::StatusOr<OpenStore> OpenStoreOf(const Config& config,
                                      const std::optional<detect::Rules>& rules, const Clock& clock,
                                      telemetry::Metrics& metrics, telemetry::Log& log);

// The witness of `config`; nullptr where it names no log to look after. Besides what
// opening may meet, FAILED_PRECONDITION / WITNESS_NOT_CONFIGURED where what `config`
// says cannot be.
absl::StatusOr<std::unique_ptr<witness::Witness>> OpenWitnessOf(const Config& config,
                                                                const Clock& clock,
                                                                telemetry::Metrics& metrics,
                                                                telemetry::Log& log);

db::sqlite::StoreLayout LayoutOf(const Config& config);

}  // namespace daybook::daybookd
