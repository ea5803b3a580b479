#include "rpc/admin_service.h"

#include <utility>

#include "core/errors.h"
#include "rpc/peer.h"
#include "rpc/unary_call.h"

namespace daybook::rpc {
namespace {

using ::daybook::admin::v1::EraseEventsRequest;
using ::daybook::admin::v1::EraseEventsResponse;
using ::daybook::admin::v1::PruneEventsRequest;
using ::daybook::admin::v1::PruneEventsResponse;

absl::Status NotLocalError() {
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, Reason::kPermissionDenied,
                         "callers need no credentials, so this is answered only on the machine "
                         "of the service, over a loopback address");
}

}  // namespace

AdminService::AdminService(Gate& gate, telemetry::Metrics& metrics, telemetry::Log& log)
    : gate_(gate),
      erase_("AdminService/EraseEvents", metrics, log),
      prune_("AdminService/PruneEvents", metrics, log) {}

grpc::ServerUnaryReactor* AdminService::EraseEvents(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request,
                                                    grpc::ByteBuffer* response) {
  const bool is_local = IsLocalPeer(context->peer());
  return UnaryCall<EraseEventsRequest, EraseEventsResponse>::Start(
      *context, *request, *response, gate_, erase_,
      [is_local](auto& journal, const auto& /*caller*/, const auto& message, auto& /*call*/,
                 auto answer) {
        if (!is_local) return std::move(answer)(NotLocalError());
        journal.eraser().Erase(*message, std::move(answer));
      });
}

grpc::ServerUnaryReactor* AdminService::PruneEvents(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request,
                                                    grpc::ByteBuffer* response) {
  const bool is_local = IsLocalPeer(context->peer());
  return UnaryCall<PruneEventsRequest, PruneEventsResponse>::Start(
      *context, *request, *response, gate_, prune_,
      [is_local](auto& journal, const auto& /*caller*/, const auto& message, auto& /*call*/,
                 auto answer) {
        if (!is_local) return std::move(answer)(NotLocalError());
        journal.pruner().Prune(*message, std::move(answer));
      });
}

}  // namespace daybook::rpc
