#pragma once

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "query/lexer.h"
#include "query/term.h"

namespace daybook::query {

// What `literal` means where it is compared with the field, or the member of details, of
// `term`, in the way that `term` says. `lexer` tells of what is wrong with it.
absl::StatusOr<Value> ValueOf(const Literal& literal, const Term& term, absl::Time now,
                              const Lexer& lexer);

}  // namespace daybook::query
