#pragma once

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"

namespace daybook::journal {

// How a use case answers: called exactly once, from any thread, perhaps before
// the call that it was given to returns.
template <typename Response>
using Answer = absl::AnyInvocable<void(absl::StatusOr<Response>) &&>;

}  // namespace daybook::journal
