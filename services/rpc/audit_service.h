#pragma once

#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"
#include "rpc/not_yet.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::rpc {

// The service as generated, with the calls that we answer as raw bytes.
using RawAuditService = audit::v1::AuditService::WithRawCallbackMethod_RecordEvent<
    audit::v1::AuditService::WithRawCallbackMethod_BatchRecordEvents<
        audit::v1::AuditService::WithRawCallbackMethod_GetEvent<
            audit::v1::AuditService::WithRawCallbackMethod_QueryEvents<
                audit::v1::AuditService::WithRawCallbackMethod_StreamRecordEvents<
                    audit::v1::AuditService::WithCallbackMethod_AggregateEvents<
                        audit::v1::AuditService::WithCallbackMethod_TailEvents<
                            audit::v1::AuditService::WithCallbackMethod_ListProducers<
                                audit::v1::AuditService::WithCallbackMethod_ListDetections<
                                    audit::v1::AuditService::WithCallbackMethod_WatchDetections<
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
                                            const audit::v1::AggregateEventsRequest* request,
                                            audit::v1::AggregateEventsResponse* response) override;
  grpc::ServerWriteReactor<audit::v1::TailEventsResponse>* TailEvents(
      grpc::CallbackServerContext* context, const audit::v1::TailEventsRequest* request) override;
  grpc::ServerUnaryReactor* ListProducers(grpc::CallbackServerContext* context,
                                          const audit::v1::ListProducersRequest* request,
                                          audit::v1::ListProducersResponse* response) override;
  grpc::ServerUnaryReactor* ListDetections(grpc::CallbackServerContext* context,
                                           const audit::v1::ListDetectionsRequest* request,
                                           audit::v1::ListDetectionsResponse* response) override;
  grpc::ServerWriteReactor<audit::v1::WatchDetectionsResponse>* WatchDetections(
      grpc::CallbackServerContext* context,
      const audit::v1::WatchDetectionsRequest* request) override;

 private:
  Gate& gate_;
  CallLog record_;
  CallLog batch_record_;
  CallLog get_;
  CallLog query_;
  CallLog streams_;
  CallLog streamed_events_;
  NotYet aggregate_;
  NotYet tail_;
  NotYet producers_;
  NotYet detections_;
  NotYet watch_;
};

}  // namespace daybook::rpc
