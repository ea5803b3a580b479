#pragma once

#include <string>

#include <grpcpp/server_context.h>

#include "absl/status/statusor.h"

#include "auth/principal.h"
#include "event/event_rules.h"

namespace daybook::rpc {

// Who calls. Without authentication: who says so in the metadata
// `daybook-producer`, else `anonymous`. INVALID_ARGUMENT where that breaks the
// rule on producers; PRODUCER_RESERVED where it is Daybook's own name.
absl::StatusOr<auth::Principal> CallerOf(const grpc::CallbackServerContext& context,
                                         const event::EventRules& rules);

// The id that logs and errors carry for this call: the metadata `x-request-id`
// where it is 1 to 128 printable characters without space, else a fresh one.
std::string CallIdOf(const grpc::CallbackServerContext& context);

}  // namespace daybook::rpc
