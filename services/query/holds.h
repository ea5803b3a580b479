#pragma once

#include <cstdint>

#include "absl/strings/string_view.h"

#include "query/term.h"

namespace daybook::query {

// Whether a term holds for a value that an event has.
bool HoldsForText(const Term& term, absl::string_view text);
bool HoldsForInteger(const Term& term, int64_t number);

// Whether it holds for the member that the term names of `object`, a JSON object.
bool HoldsForJson(const Term& term, absl::string_view object);

// Whether values that come in this order pass: `order` is below 0 where the event's value
// comes first, above 0 where the term's does.
bool Passes(Comparison comparison, int order);

}  // namespace daybook::query
