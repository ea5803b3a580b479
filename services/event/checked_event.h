#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "event/event_rules.h"

namespace daybook::event {

// Where an event comes from: what the service knows of it and the client
// cannot say.
struct Provenance {
  std::string producer;
  audit::v1::Source source = audit::v1::SOURCE_CLAIMED;
  std::string request_id;
};

// An event that obeys every rule, with its values resolved as they are stored:
// defaults filled in, times floored, the address in canonical form. Only its
// seq and record time are still open. Whoever holds one need not check again.
//
// Immutable.
class CheckedEvent {
 public:
  // INVALID_ARGUMENT naming every field that breaks a rule. `now` bounds how
  // far ahead event_time may be. Nobody else changes `given`.
  static absl::StatusOr<CheckedEvent> Check(const EventRules& rules,
                                            std::shared_ptr<audit::v1::Event> given,
                                            Provenance provenance, absl::Time now);
  static absl::StatusOr<CheckedEvent> Check(const EventRules& rules, audit::v1::Event given,
                                            Provenance provenance, absl::Time now) {
    return Check(rules, std::make_shared<audit::v1::Event>(std::move(given)), std::move(provenance),
                 now);
  }

  // The resolved values. seq, created_at and leaf_hash are not set; event_time
  // is not set where it defaults to the record time.
  const audit::v1::Event& event() const { return *event_; }

  std::optional<Micros> event_time() const;

 private:
  explicit CheckedEvent(std::shared_ptr<const audit::v1::Event> event) : event_(std::move(event)) {}

  // Behind a pointer: an event passes through several hands, and stays in the
  // memory of the request that brought it.
  std::shared_ptr<const audit::v1::Event> event_;
};

// True where both are the same request, word for word.
bool SameRequest(const CheckedEvent& a, const CheckedEvent& b);

// True where both hold the same request: all that a client says about an
// event, and nothing that the service adds when it records it. `stored` is an
// event as read from a store.
bool SameRequest(const CheckedEvent& fresh, const audit::v1::Event& stored);

}  // namespace daybook::event
