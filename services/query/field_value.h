#pragma once

#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"

#include "daybook/audit/v1/event.pb.h"
#include "query/field.h"

namespace daybook::query {

// A value that an event has, or nothing: times in microseconds, enums as numbers.
using FieldValue = std::variant<std::monostate, int64_t, absl::string_view>;

// That of a field. Text lives as long as `event`.
FieldValue ValueIn(const audit::v1::Event& event, const Field& field);

}  // namespace daybook::query
