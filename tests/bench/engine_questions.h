#pragma once

#include "auth/principal.h"
#include "bench/api_questions.h"
#include "bench/engine_store.h"
#include "core/clock.h"
#include "journal/aggregator.h"
#include "journal/reader.h"
#include "journal/work_pool.h"
#include "query/page_token.h"

namespace daybook::bench {

// Asks what the service asks to answer a call, in this process: no connection between.
//
// Thread-compatible.
class EngineQuestions final : public ApiQuestions {
 public:
  // Both must outlive it.
  EngineQuestions(EngineStore& store, const QuestionLog& log);

 private:
  absl::StatusOr<audit::v1::Event> Get(const audit::v1::GetEventRequest& request) override;
  absl::StatusOr<audit::v1::QueryEventsResponse> Query(
      const audit::v1::QueryEventsRequest& request) override;
  absl::StatusOr<audit::v1::AggregateEventsResponse> Aggregate(
      const audit::v1::AggregateEventsRequest& request) override;

  const SystemClock clock_;
  const auth::Principal principal_{.producer = "bench"};
  const query::PageTokens tokens_;
  journal::WorkPool pool_;
  journal::Reader reader_;
  journal::Aggregator aggregator_;
};

}  // namespace daybook::bench
