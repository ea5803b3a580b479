#include "bench/service_questions.h"

#include <chrono>

#include <grpcpp/client_context.h>

#include "core/status_macros.h"
#include "rpc/status.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::AggregateEventsResponse;
using ::daybook::audit::v1::AuditService;
using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::GetEventRequest;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;

constexpr std::chrono::minutes kAskPatience(5);

template <typename Response, typename Call>
absl::StatusOr<Response> Answered(const Call& call) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + kAskPatience);
  Response response;
  DAYBOOK_RETURN_IF_ERROR(rpc::FromGrpc(call(&context, &response)));
  return response;
}

}  // namespace

ServiceQuestions::ServiceQuestions(const std::shared_ptr<grpc::Channel>& channel,
                                   const QuestionLog& log)
    : ApiQuestions(log), stub_(AuditService::NewStub(channel)) {}

absl::StatusOr<Event> ServiceQuestions::Get(const GetEventRequest& request) {
  return Answered<Event>([&](grpc::ClientContext* context, Event* event) {
    return stub_->GetEvent(context, request, event);
  });
}

absl::StatusOr<QueryEventsResponse> ServiceQuestions::Query(const QueryEventsRequest& request) {
  return Answered<QueryEventsResponse>(
      [&](grpc::ClientContext* context, QueryEventsResponse* response) {
        return stub_->QueryEvents(context, request, response);
      });
}

absl::StatusOr<AggregateEventsResponse> ServiceQuestions::Aggregate(
    const AggregateEventsRequest& request) {
  return Answered<AggregateEventsResponse>(
      [&](grpc::ClientContext* context, AggregateEventsResponse* response) {
        return stub_->AggregateEvents(context, request, response);
      });
}

}  // namespace daybook::bench
