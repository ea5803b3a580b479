#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/audit/v1/event.pb.h"

namespace daybook::detect {

// The name of the field that events are grouped by: actor for GROUP_BY_ACTOR.
std::string FieldName(audit::v1::GroupBy field);

// Nothing where there is no such field.
std::optional<audit::v1::GroupBy> FieldNamed(absl::string_view name);

// Its value in `event`, as text; enums by their short names. Nothing where the event has
// none.
std::optional<std::string> ValueOf(const audit::v1::Event& event, audit::v1::GroupBy field);

// The values of several fields, in their order. Nothing where the event lacks one.
std::optional<std::vector<std::string>> KeyOf(const audit::v1::Event& event,
                                              std::span<const audit::v1::GroupBy> fields);

}  // namespace daybook::detect
