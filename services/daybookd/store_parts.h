#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/clock.h"
#include "core/ids.h"
#include "event/event_rules.h"
#include "journal/checkpointer.h"
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
  uint64_t span_events;  // of a summary
  const event::EventRules& rules;
  const Clock& clock;
  telemetry::Metrics& metrics;
  telemetry::Log& log;
};

// What a checkpointer over it uses.
journal::Checkpointer::Collaborators CheckpointerParts(const StoreParts& store);

// Records what the service has to say of the log itself. Errors as of
// EventStore::Append.
absl::StatusOr<Seq> RecordOwnEvent(const std::string& action, absl::string_view public_details,
                                   const StoreParts& store);

}  // namespace daybook::daybookd
