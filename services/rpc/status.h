#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace daybook::rpc {

// `status` as gRPC sends it, with its payloads as google.rpc details.
grpc::Status ToGrpc(const absl::Status& status);

// The other way, for clients.
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace daybook::rpc
