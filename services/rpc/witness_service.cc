#include "rpc/witness_service.h"

#include <utility>

#include "core/errors.h"
#include "rpc/unary_call.h"

namespace daybook::rpc {
namespace {

using ::daybook::witness::v1::AddCheckpointRequest;
using ::daybook::witness::v1::AddCheckpointResponse;

// A witness judges one checkpoint after the other, and each waits for the disk.
constexpr size_t kWitnessThreads = 1;
constexpr size_t kMaxWaitingCheckpoints = 64;

absl::Status NoWitnessError() {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kWitnessNotConfigured,
                         "this server is no witness; daybookd --witness-log makes it one");
}

}  // namespace

WitnessService::WitnessService(witness::Witness* witness, Gate& gate, telemetry::Metrics& metrics,
                               telemetry::Log& log)
    : witness_(witness), gate_(gate), add_("WitnessService/AddCheckpoint", metrics, log) {
  if (witness_ != nullptr) pool_.emplace(kWitnessThreads, kMaxWaitingCheckpoints);
}

grpc::ServerUnaryReactor* WitnessService::AddCheckpoint(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  return UnaryCall<AddCheckpointRequest, AddCheckpointResponse>::Start(
      *context, *request, *response, gate_, add_,
      [this](auto& /*journal*/, const auto& /*caller*/, const auto& message, auto& /*call*/,
             auto answer) {
        if (witness_ == nullptr) return std::move(answer)(NoWitnessError());
        journal::RunOn<AddCheckpointResponse>(
            *pool_, [this, message = message] { return witness_->AddCheckpoint(*message); },
            std::move(answer));
      });
}

}  // namespace daybook::rpc
