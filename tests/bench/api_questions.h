#pragma once

#include <vector>

#include "bench/question_log.h"
#include "bench/questions.h"
#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::bench {

// Asks in the messages of the API, whoever it is that answers them.
//
// Thread-compatible.
class ApiQuestions : public Questions {
 public:
  // `log` must outlive it.
  explicit ApiQuestions(const QuestionLog& log) : log_(log) {}

  absl::StatusOr<QuestionAnswer> AskWhoFailedOften(absl::Duration window) override;
  absl::StatusOr<QuestionAnswer> AskDepositsToday() override;
  absl::StatusOr<QuestionAnswer> AskLatestTen(int64_t user_id) override;
  absl::StatusOr<QuestionAnswer> AskOne(uint64_t seq) override;

 private:
  virtual absl::StatusOr<audit::v1::Event> Get(const audit::v1::GetEventRequest& request) = 0;
  virtual absl::StatusOr<audit::v1::QueryEventsResponse> Query(
      const audit::v1::QueryEventsRequest& request) = 0;
  virtual absl::StatusOr<audit::v1::AggregateEventsResponse> Aggregate(
      const audit::v1::AggregateEventsRequest& request) = 0;

  // Asks on until the last page, for all pages' groups.
  absl::StatusOr<std::vector<audit::v1::EventGroup>> AskAllPages(
      audit::v1::AggregateEventsRequest request, int& calls);

  const QuestionLog& log_;
};

}  // namespace daybook::bench
