#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"

#include "daybook/audit/v1/event.pb.h"
#include "event/checked_event.h"
#include "event/event_rules.h"
#include "ledger/salt.h"
#include "storage/new_event.h"

namespace daybook::testing {

// The least that a client can say.
inline audit::v1::Event EventOf(std::string action) {
  audit::v1::Event event;
  event.set_action(std::move(action));
  return event;
}

// Every field that a client can set, set.
inline audit::v1::Event FullEvent() {
  audit::v1::Event event = EventOf("withdrawal_failed");
  event.mutable_event_time()->set_seconds(1'763'683'199);
  event.mutable_event_time()->set_nanos(123'456'000);
  event.set_outcome(audit::v1::OUTCOME_DENIED);
  event.set_reason("INSUFFICIENT_FUNDS");
  event.set_user_id(7'001);
  event.set_telegram_id("100200300");
  event.set_actor("service:registrar");
  event.set_resource_type("withdrawal");
  event.set_resource_id("42");
  event.set_details(R"({"amount":12.50,"currency":"EUR"})");
  event.set_ip_address("2001:db8::7");
  event.set_user_agent("example/1.0 (test)");
  event.set_tenant("shop-eu");
  event.set_producer_sequence(41);
  event.set_trace_id("4bf92f3577b34da6a3ce929d0e0e4736");
  event.set_correlation_id("order-9");
  return event;
}

inline event::Provenance FromTester(std::string request_id = "") {
  return {.producer = "tester",
          .source = audit::v1::SOURCE_CLAIMED,
          .request_id = std::move(request_id)};
}

// An event on its way into a store. It must obey the rules.
inline storage::NewEvent MakeNewEvent(const event::EventRules& rules, const audit::v1::Event& event,
                                      const event::Provenance& provenance, absl::Time now) {
  return {event::CheckedEvent::Check(rules, event, provenance, now).value(), ledger::DrawSalt()};
}

inline std::vector<const storage::NewEvent*> PointersTo(
    const std::vector<storage::NewEvent>& events) {
  std::vector<const storage::NewEvent*> pointers;
  pointers.reserve(events.size());
  for (const storage::NewEvent& event : events) pointers.push_back(&event);
  return pointers;
}

}  // namespace daybook::testing
