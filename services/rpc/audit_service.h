#pragma once

#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::rpc {

// The service as generated, every message as raw bytes: nothing is parsed before
// it has been judged.
using RawAuditService = audit::v1::AuditService::WithRawCallbackMethod_RecordEvent<
    audit::v1::AuditService::WithRawCallbackMethod_BatchRecordEvents<
        audit::v1::AuditService::WithRawCallbackMethod_GetEvent<
            audit::v1::AuditService::WithRawCallbackMethod_QueryEvents<
                audit::v1::AuditService::WithRawCallbackMethod_StreamRecordEvents<
                    audit::v1::AuditService::WithRawCallbackMethod_AggregateEvents<
                        audit::v1::AuditService::WithRawCallbackMethod_TailEvents<
                            audit::v1::AuditService::WithRawCallbackMethod_ListProducers<
                                audit::v1::AuditService::WithRawCallbackMethod_ListDetections<
                                    audit::v1::AuditService::WithRawCallbackMethod_WatchDetections<
                                        audit::v1::AuditService::Service>>>>>>>>>>;

// daybook.audit.v1.AuditService over gRPC: turns calls into use cases of the
// journal and decides nothing.
//
// Thread-safe.
class AuditService final : public RawAuditService {
 public:
  // All must outlive it.
  AuditService(Gate& gate, telemetry::Metrics& metrics, telemetry::Log& log);

  grpc::ServerUnaryReactor* RecordEvent(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* BatchRecordEvents(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context,
                                     const grpc::ByteBuffer* request,
                                     grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* QueryEvents(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* StreamRecordEvents(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* AggregateEvents(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* TailEvents(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;
  grpc::ServerUnaryReactor* ListProducers(grpc::CallbackServerContext* context,
                                          const grpc::ByteBuffer* request,
                                          grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListDetections(grpc::CallbackServerContext* context,
                                           const grpc::ByteBuffer* request,
                                           grpc::ByteBuffer* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchDetections(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override;

 private:
  Gate& gate_;
  CallLog record_;
  CallLog batch_record_;
  CallLog get_;
  CallLog query_;
  CallLog streams_;
  CallLog streamed_events_;
  CallLog tails_;
  CallLog aggregate_;
  CallLog producers_;
  CallLog detections_;
  CallLog watches_;
};

}  // namespace daybook::rpc
