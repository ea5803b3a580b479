#pragma once

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

#include "google/rpc/status.pb.h"

namespace daybook::rpc {

// `status` as gRPC sends it, with its payloads as google.rpc details.
grpc::Status ToGrpc(const absl::Status& status);

// Likewise as a message, which a stream carries in its answers.
google::rpc::Status ToProto(const absl::Status& status);

// The other way, for clients.
absl::Status FromGrpc(const grpc::Status& status);
absl::Status FromProto(const google::rpc::Status& status);

}  // namespace daybook::rpc
