#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "absl/status/statusor.h"

#include "auth/principal.h"
#include "core/clock.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/answer.h"
#include "journal/work_pool.h"
#include "query/page_token.h"
#include "storage/event_store.h"

namespace daybook::journal {

// Groups events and counts them. Works on threads of its own: the caller's never waits.
//
// Thread-safe.
class Aggregator {
 public:
  // As Reader's.
  using Cancelled = std::function<bool()>;

  // All must outlive it.
  Aggregator(storage::EventStore& store, const query::PageTokens& tokens, const Clock& clock,
             WorkPool& pool)
      : store_(store), tokens_(tokens), clock_(clock), pool_(pool) {}

  // Errors as the contract says; RESOURCE_EXHAUSTED / QUEUE_FULL where too many reads wait.
  // `request` is copied.
  void Aggregate(const auth::Principal& principal, const audit::v1::AggregateEventsRequest& request,
                 Cancelled cancelled, Answer<audit::v1::AggregateEventsResponse> answer);

 private:
  absl::StatusOr<audit::v1::AggregateEventsResponse> DoAggregate(
      const auth::Principal& principal, const audit::v1::AggregateEventsRequest& request,
      const Cancelled& cancelled);
  absl::StatusOr<query::v1::PagePosition> PositionOf(
      const audit::v1::AggregateEventsRequest& request, const std::string& identity);
  absl::StatusOr<storage::TallyResult> Tally(const storage::TallyRequest& request);

  storage::EventStore& store_;
  const query::PageTokens& tokens_;
  const Clock& clock_;
  WorkPool& pool_;
  std::atomic<size_t> taken_ = 0;  // bytes, by questions that are under way
};

}  // namespace daybook::journal
