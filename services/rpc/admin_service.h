#pragma once

#include "daybook/admin/v1/admin_service.grpc.pb.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::rpc {

// The service as generated, every message as raw bytes.
using RawAdminService = admin::v1::AdminService::WithRawCallbackMethod_EraseEvents<
    admin::v1::AdminService::WithRawCallbackMethod_PruneEvents<admin::v1::AdminService::Service>>;

// daybook.admin.v1.AdminService over gRPC. Callers need no credentials yet, so
// only those on this machine are answered.
//
// Thread-safe.
class AdminService final : public RawAdminService {
 public:
  // All must outlive it.
  AdminService(Gate& gate, telemetry::Metrics& metrics, telemetry::Log& log);

  grpc::ServerUnaryReactor* EraseEvents(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* PruneEvents(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;

 private:
  Gate& gate_;
  CallLog erase_;
  CallLog prune_;
};

}  // namespace daybook::rpc
