#pragma once

#include <string>

#include "absl/status/statusor.h"

#include "core/clock.h"
#include "event/event_rules.h"
#include "signer/signer_folder.h"
#include "storage/event_store.h"
#include "storage/sqlite/ledger_db.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::daybookd {

// What a store is made of before its journal is opened.
struct StoreParts {
  storage::EventStore& events;
  storage::sqlite::LedgerDb& ledger;
  const signer::SignerFolder& folder;
  const event::EventRules& rules;
  const Clock& clock;
  telemetry::Metrics& metrics;
  telemetry::Log& log;
};

// Lets a log go on that is not what was signed under `origin`: records
// audit.rolled_back with both heads as its next event, forgets what was signed,
// puts the key aside. The name that it goes on under; `origin` where the log is
// what was signed.
//
// A crash meanwhile leaves a log that is refused as before, and can be accepted
// again.
absl::StatusOr<std::string> AcceptRollback(const std::string& origin, const StoreParts& store);

}  // namespace daybook::daybookd
