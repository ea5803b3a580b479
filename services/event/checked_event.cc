#include "event/checked_event.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/unknown_fields.h"
#include "schema/ip_address.h"

namespace daybook::event {
namespace {

using ::daybook::audit::v1::Event;

constexpr absl::Duration kMaxAhead = absl::Hours(24);
constexpr char kDefaultTenant[] = "default";
constexpr std::array<absl::string_view, 6> kReservedActions = {
    "audit.", "ledger.", "segment.", "detection.", "access.", "migration."};

audit::v1::Outcome DecideOutcome(absl::string_view action) {
  if (absl::EndsWith(action, "_failed")) return audit::v1::OUTCOME_FAILURE;
  if (absl::EndsWith(action, "_denied")) return audit::v1::OUTCOME_DENIED;
  return audit::v1::OUTCOME_SUCCESS;
}

bool IsReserved(absl::string_view action) {
  return std::any_of(
      kReservedActions.begin(), kReservedActions.end(),
      [action](absl::string_view prefix) { return absl::StartsWith(action, prefix); });
}

// Fills in what the service decides and brings values to the form they are
// stored in; judges nothing.
void Resolve(Provenance provenance, Event& event) {
  event.clear_seq();
  event.clear_created_at();
  event.clear_leaf_hash();
  if (provenance.source != audit::v1::SOURCE_SERVICE) event.clear_public_details();
  DropUnknownFields(event);
  if (event.has_event_time()) DropUnknownFields(*event.mutable_event_time());
  event.set_producer(std::move(provenance.producer));
  event.set_source(provenance.source);
  event.set_request_id(std::move(provenance.request_id));
  if (event.tenant().empty()) event.set_tenant(kDefaultTenant);
  if (event.outcome() == audit::v1::OUTCOME_UNSPECIFIED) {
    event.set_outcome(DecideOutcome(event.action()));
  }
  if (auto canonical = schema::CanonicalIpAddress(event.ip_address())) {
    event.set_ip_address(*std::move(canonical));
  }
}

void CheckAction(const Event& event, std::vector<FieldViolation>& violations) {
  if (event.source() == audit::v1::SOURCE_SERVICE || !IsReserved(event.action())) return;
  violations.push_back({.reason = Reason::kActionReserved,
                        .field = "event.action",
                        .description = "names under audit., ledger., segment., detection., access. "
                                       "and migration. are the service's own"});
}

void CheckOutcome(const Event& event, std::vector<FieldViolation>& violations) {
  if (audit::v1::Outcome_IsValid(event.outcome())) return;
  violations.push_back({.reason = Reason::kFieldInvalid,
                        .field = "event.outcome",
                        .description = "must be SUCCESS, FAILURE or DENIED"});
}

// Floors event_time in place, or says what is wrong with it.
void CheckEventTime(Event& event, absl::Time now, std::vector<FieldViolation>& violations) {
  if (!event.has_event_time()) return;
  const auto violate = [&violations](absl::string_view description) {
    violations.push_back({.reason = Reason::kEventTimeOutOfRange,
                          .field = "event.event_time",
                          .description = std::string(description)});
  };
  const absl::StatusOr<Micros> micros = FloorToMicros(event.event_time());
  if (!micros.ok()) return violate(micros.status().message());
  if (*micros > FloorToMicros(now + kMaxAhead)) {
    return violate("must not be more than 24 hours ahead of the server's clock");
  }
  SetTimestamp(*micros, event.mutable_event_time());
}

}  // namespace

absl::StatusOr<CheckedEvent> CheckedEvent::Check(const EventRules& rules,
                                                 std::shared_ptr<Event> given,
                                                 Provenance provenance, absl::Time now) {
  Resolve(std::move(provenance), *given);
  std::vector<FieldViolation> violations = rules.Broken(*given);
  CheckAction(*given, violations);
  CheckOutcome(*given, violations);
  CheckEventTime(*given, now, violations);
  if (!violations.empty()) return InvalidFieldsError(violations);
  return CheckedEvent(std::move(given));
}

std::optional<Micros> CheckedEvent::event_time() const {
  if (!event_->has_event_time()) return std::nullopt;
  return MicrosOf(event_->event_time());
}

bool SameRequest(const CheckedEvent& a, const CheckedEvent& b) {
  Event other = b.event();
  other.set_source(a.event().source());
  return other.SerializeAsString() == a.event().SerializeAsString();
}

bool SameRequest(const CheckedEvent& fresh, const Event& stored) {
  Event repeated = stored;
  repeated.clear_seq();
  repeated.clear_created_at();
  repeated.clear_leaf_hash();
  // Without an event_time of its own the first request was given its record time.
  if (!fresh.event_time() && MicrosOf(stored.event_time()) == MicrosOf(stored.created_at())) {
    repeated.clear_event_time();
  }
  // Source is the service's word about the caller, not part of what it said.
  repeated.set_source(fresh.event().source());
  return repeated.SerializeAsString() == fresh.event().SerializeAsString();
}

}  // namespace daybook::event
