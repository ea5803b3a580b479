#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/timestamp.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/audit/v1/event.pb.h"
#include "detect/watch.h"

namespace daybook::detect {

// How the log says that a rule fired: an event `detection.fired`. What never goes away,
// its public_details, names the rule and the fields that were grouped by, and of their
// values only codes. The others stand in the fields of the event that they are values of,
// and the seqs in its details: whatever erases people from the log finds and erases them
// there. docs/detections.md describes it.
inline constexpr char kFiredAction[] = "detection.fired";

// The filter that finds these events: of all rules where `rule` is empty.
// INVALID_ARGUMENT on the field `rule` where no rule can have that name.
absl::StatusOr<std::string> FiringsFilter(absl::string_view rule);

// The event, of which the service fills in the rest.
audit::v1::Event EventOf(const Firing& firing);

// The same for the same firing, and for no other one: under it the event is recorded once.
std::string RequestIdOf(const Firing& firing);

// What the log says of a firing.
struct Fired {
  std::string rule;
  std::vector<audit::v1::GroupBy> group_by;
  std::vector<std::string> keys;  // in its order; empty text where it is erased
  Micros fired_at = 0;
};

// Nothing where `event` is none that EventOf made.
std::optional<Fired> FiredIn(const audit::v1::Event& event);

// For people and programs; likewise.
std::optional<audit::v1::Detection> DetectionOf(const audit::v1::Event& event);

}  // namespace daybook::detect
