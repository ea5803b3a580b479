#include "daybookd/store_parts.h"

#include <array>

#include "core/status_macros.h"
#include "journal/service_event.h"
#include "storage/new_event.h"

namespace daybook::daybookd {

journal::Checkpointer::Collaborators CheckpointerParts(const StoreParts& store) {
  return {.events = store.events,
          .checkpoints = store.ledger,
          .clock = store.clock,
          .metrics = store.metrics,
          .log = store.log};
}

absl::StatusOr<Seq> RecordOwnEvent(const std::string& action, absl::string_view public_details,
                                   const StoreParts& store) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const storage::NewEvent fresh,
      journal::NewServiceEvent({.action = action, .public_details = std::string(public_details)},
                               store.rules, store.clock.Now()));
  const std::array<const storage::NewEvent*, 1> events = {&fresh};
  DAYBOOK_ASSIGN_OR_RETURN(const storage::AppendReceipt receipt, store.events.Append(events));
  return receipt.first_seq;
}

}  // namespace daybook::daybookd
