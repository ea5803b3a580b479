#include "rpc/audit_service.h"

#include <utility>

#include "rpc/stream_call.h"
#include "rpc/tail_call.h"
#include "rpc/unary_call.h"

namespace daybook::rpc {

using namespace ::daybook::audit::v1;  // NOLINT(google-build-using-namespace): every message of the
                                       // service

AuditService::AuditService(Gate& gate, telemetry::Metrics& metrics, telemetry::Log& log)
    : gate_(gate),
      record_("AuditService/RecordEvent", metrics, log),
      batch_record_("AuditService/BatchRecordEvents", metrics, log),
      get_("AuditService/GetEvent", metrics, log),
      query_("AuditService/QueryEvents", metrics, log),
      streams_("AuditService/StreamRecordEvents", metrics, log),
      streamed_events_("AuditService/StreamRecordEvents", metrics, log,
                       CallLog::Unit::kStreamedEvent),
      tails_("AuditService/TailEvents", metrics, log),
      aggregate_("AuditService/AggregateEvents", metrics, log),
      producers_("AuditService/ListProducers", metrics, log),
      detections_("AuditService/ListDetections", metrics, log),
      watches_("AuditService/WatchDetections", metrics, log) {}

grpc::ServerUnaryReactor* AuditService::RecordEvent(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request,
                                                    grpc::ByteBuffer* response) {
  return UnaryCall<RecordEventRequest, RecordEventResponse>::Start(
      *context, *request, *response, gate_, record_,
      [](auto& journal, const auto& caller, const auto& message, auto& /*call*/, auto answer) {
        journal.recorder().Record(caller, message, std::move(answer));
      });
}

grpc::ServerUnaryReactor* AuditService::BatchRecordEvents(grpc::CallbackServerContext* context,
                                                          const grpc::ByteBuffer* request,
                                                          grpc::ByteBuffer* response) {
  return UnaryCall<BatchRecordEventsRequest, std::shared_ptr<const BatchRecordEventsResponse>>::
      Start(
          *context, *request, *response, gate_, batch_record_,
          [](auto& journal, const auto& caller, const auto& message, auto& /*call*/, auto answer) {
            journal.recorder().BatchRecord(caller, message, std::move(answer));
          });
}

grpc::ServerUnaryReactor* AuditService::GetEvent(grpc::CallbackServerContext* context,
                                                 const grpc::ByteBuffer* request,
                                                 grpc::ByteBuffer* response) {
  return UnaryCall<GetEventRequest, Event>::Start(
      *context, *request, *response, gate_, get_,
      [](auto& journal, const auto& /*caller*/, const auto& message, auto& /*call*/, auto answer) {
        journal.reader().Get(*message, std::move(answer));
      });
}

grpc::ServerUnaryReactor* AuditService::QueryEvents(grpc::CallbackServerContext* context,
                                                    const grpc::ByteBuffer* request,
                                                    grpc::ByteBuffer* response) {
  return UnaryCall<QueryEventsRequest, QueryEventsResponse>::Start(
      *context, *request, *response, gate_, query_,
      [](auto& journal, const auto& caller, const auto& message, auto& call, auto answer) {
        journal.reader().Query(
            caller, *message, [&call] { return call.is_cancelled(); }, std::move(answer));
      });
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* AuditService::StreamRecordEvents(
    grpc::CallbackServerContext* context) {
  return StreamCall::Start(*context, gate_, streams_, streamed_events_);
}

grpc::ServerUnaryReactor* AuditService::AggregateEvents(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request,
                                                        grpc::ByteBuffer* response) {
  return UnaryCall<AggregateEventsRequest, AggregateEventsResponse>::Start(
      *context, *request, *response, gate_, aggregate_,
      [](auto& journal, const auto& caller, const auto& message, auto& call, auto answer) {
        journal.aggregator().Aggregate(
            caller, *message, [&call] { return call.is_cancelled(); }, std::move(answer));
      });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* AuditService::TailEvents(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return TailCall::Start(*context, *request, EventTail(), gate_, tails_);
}

grpc::ServerUnaryReactor* AuditService::ListProducers(grpc::CallbackServerContext* context,
                                                      const grpc::ByteBuffer* request,
                                                      grpc::ByteBuffer* response) {
  return UnaryCall<ListProducersRequest, ListProducersResponse>::Start(
      *context, *request, *response, gate_, producers_,
      [](auto& journal, const auto& caller, const auto& message, auto& /*call*/, auto answer) {
        journal.producers().List(caller, *message, std::move(answer));
      });
}

grpc::ServerUnaryReactor* AuditService::ListDetections(grpc::CallbackServerContext* context,
                                                       const grpc::ByteBuffer* request,
                                                       grpc::ByteBuffer* response) {
  return UnaryCall<ListDetectionsRequest, ListDetectionsResponse>::Start(
      *context, *request, *response, gate_, detections_,
      [](auto& journal, const auto& caller, const auto& message, auto& call, auto answer) {
        journal.detections().List(
            caller, *message, [&call] { return call.is_cancelled(); }, std::move(answer));
      });
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* AuditService::WatchDetections(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  return TailCall::Start(*context, *request, DetectionTail(), gate_, watches_);
}

}  // namespace daybook::rpc
