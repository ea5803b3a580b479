#pragma once

#include "daybook/audit/v1/event.pb.h"
#include "query/filter.h"

namespace daybook::query {

// True where `event`, with its values as a store holds them, passes `filter`.
// Every engine answers filters as this function does.
bool Matches(const Filter& filter, const audit::v1::Event& event);

}  // namespace daybook::query
