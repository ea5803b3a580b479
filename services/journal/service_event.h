#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/ids.h"
#include "daybook/audit/v1/event.pb.h"
#include "event/event_rules.h"
#include "journal/group_commit.h"
#include "storage/event_store.h"
#include "storage/new_event.h"

namespace daybook::journal {

// What the service itself records about the log.
struct ServiceEvent {
  std::string action;
  std::string public_details;
  std::string details = {};
  std::string request_id = {};
};

// It, on its way into a store. Errors as of event::CheckedEvent.
absl::StatusOr<storage::NewEvent> NewServiceEvent(const ServiceEvent& event,
                                                  const event::EventRules& rules, absl::Time now);

// Likewise, of an event with fields of its own.
absl::StatusOr<storage::NewEvent> NewServiceEvent(audit::v1::Event fields, std::string request_id,
                                                  const event::EventRules& rules, absl::Time now);

// Records it with what else is recorded just now; where it stands. Errors as of
// event::CheckedEvent and GroupCommit::Submit.
absl::StatusOr<Seq> RecordServiceEvent(const ServiceEvent& event, const event::EventRules& rules,
                                       absl::Time now, GroupCommit& commits);

// Where the service recorded an event under `action` and `request_id`, if it did, at
// `from` or behind.
absl::StatusOr<std::optional<Seq>> FindServiceEvent(storage::EventStore& store,
                                                    const std::string& action,
                                                    const std::string& request_id, Seq from);

}  // namespace daybook::journal
