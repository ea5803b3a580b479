#include "bench/engine_questions.h"

#include <string>

#include "support/waiting_answer.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::AggregateEventsRequest;
using ::daybook::audit::v1::AggregateEventsResponse;
using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::GetEventRequest;
using ::daybook::audit::v1::QueryEventsRequest;
using ::daybook::audit::v1::QueryEventsResponse;
using ::daybook::testing::WaitingAnswer;

constexpr size_t kKeyBytes = 32;
constexpr size_t kTurns = 2;
constexpr size_t kMaxWaiting = 8;

bool IsCancelled() { return false; }

}  // namespace

EngineQuestions::EngineQuestions(EngineStore& store, const QuestionLog& log)
    : ApiQuestions(log),
      tokens_(std::string(kKeyBytes, 'k')),
      pool_(kTurns, kMaxWaiting),
      reader_(store.store(), tokens_, clock_, pool_),
      aggregator_(store.store(), tokens_, clock_, pool_) {}

absl::StatusOr<Event> EngineQuestions::Get(const GetEventRequest& request) {
  WaitingAnswer<Event> answered;
  reader_.Get(request, answered.Take());
  return answered.Get();
}

absl::StatusOr<QueryEventsResponse> EngineQuestions::Query(const QueryEventsRequest& request) {
  WaitingAnswer<QueryEventsResponse> answered;
  reader_.Query(principal_, request, IsCancelled, answered.Take());
  return answered.Get();
}

absl::StatusOr<AggregateEventsResponse> EngineQuestions::Aggregate(
    const AggregateEventsRequest& request) {
  WaitingAnswer<AggregateEventsResponse> answered;
  aggregator_.Aggregate(principal_, request, IsCancelled, answered.Take());
  return answered.Get();
}

}  // namespace daybook::bench
