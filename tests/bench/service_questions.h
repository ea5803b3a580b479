#pragma once

#include <memory>

#include <grpcpp/channel.h>

#include "bench/question_log.h"
#include "bench/questions.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"

namespace daybook::bench {

// Asks the real service, over a connection.
//
// Thread-compatible.
class ServiceQuestions final : public Questions {
 public:
  // `log` must outlive it.
  ServiceQuestions(const std::shared_ptr<grpc::Channel>& channel, const QuestionLog& log);

  absl::StatusOr<QuestionAnswer> AskWhoFailedOften(absl::Duration window) override;
  absl::StatusOr<QuestionAnswer> AskDepositsToday() override;
  absl::StatusOr<QuestionAnswer> AskLatestTen(int64_t user_id) override;
  absl::StatusOr<QuestionAnswer> AskOne(uint64_t seq) override;

 private:
  // Asks on until the last page, for all pages' groups.
  absl::StatusOr<std::vector<audit::v1::EventGroup>> AskAllPages(
      audit::v1::AggregateEventsRequest request, int& calls);

  const std::unique_ptr<audit::v1::AuditService::Stub> stub_;
  const QuestionLog& log_;
};

}  // namespace daybook::bench
