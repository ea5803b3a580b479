#pragma once

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::journal {

// How a use case answers: called exactly once, from any thread, perhaps before
// the call that it was given to returns.
template <typename Response>
using Answer = absl::AnyInvocable<void(absl::StatusOr<Response>) &&>;

// When a call that a full queue turned away may come back.
inline constexpr absl::Duration kRetryDelay = absl::Milliseconds(100);

}  // namespace daybook::journal
