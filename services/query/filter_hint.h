#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace daybook::query {

// What helps whoever wrote something else, where a filter expects a comparison, a field, or
// AND and OR: it goes behind what is wrong, "; write AND". "" where nothing is known to help.
// `rest` is the filter from there on.
std::string HintForComparison(absl::string_view rest);
std::string HintForField(absl::string_view rest);
std::string HintForJoint(absl::string_view rest);

// Whether `rest` begins with a quotation mark that quotes nothing in a filter: “ or `.
bool BeginsWithOtherQuote(absl::string_view rest);

// The same for a name that no field has: those that may be meant, or all.
std::string HintForName(absl::string_view name);

}  // namespace daybook::query
