#pragma once

#include <memory>

#include <grpcpp/channel.h>

#include "bench/api_questions.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"

namespace daybook::bench {

// Asks the real service, over a connection.
//
// Thread-compatible.
class ServiceQuestions final : public ApiQuestions {
 public:
  // `log` must outlive it.
  ServiceQuestions(const std::shared_ptr<grpc::Channel>& channel, const QuestionLog& log);

 private:
  absl::StatusOr<audit::v1::Event> Get(const audit::v1::GetEventRequest& request) override;
  absl::StatusOr<audit::v1::QueryEventsResponse> Query(
      const audit::v1::QueryEventsRequest& request) override;
  absl::StatusOr<audit::v1::AggregateEventsResponse> Aggregate(
      const audit::v1::AggregateEventsRequest& request) override;

  const std::unique_ptr<audit::v1::AuditService::Stub> stub_;
};

}  // namespace daybook::bench
