#pragma once

#include <functional>
#include <string>

#include "absl/status/statusor.h"

#include "auth/principal.h"
#include "core/clock.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/answer.h"
#include "journal/work_pool.h"
#include "query/page_token.h"
#include "storage/event_store.h"

namespace daybook::journal {

// Finds events. Works on threads of its own: the caller's never waits.
//
// Thread-safe.
class Reader {
 public:
  // True once nobody waits for the answer any more; asked from other threads
  // until the answer is given.
  using Cancelled = std::function<bool()>;

  // All must outlive it.
  Reader(storage::EventStore& store, const query::PageTokens& tokens, const Clock& clock,
         WorkPool& pool)
      : store_(store), tokens_(tokens), clock_(clock), pool_(pool) {}

  // Errors as the contract says; RESOURCE_EXHAUSTED / QUEUE_FULL where too
  // many reads wait. `request` is copied.
  void Get(const audit::v1::GetEventRequest& request, Answer<audit::v1::Event> answer);
  void Query(const auth::Principal& principal, const audit::v1::QueryEventsRequest& request,
             Cancelled cancelled, Answer<audit::v1::QueryEventsResponse> answer);

 private:
  absl::StatusOr<audit::v1::QueryEventsResponse> DoQuery(
      const auth::Principal& principal, const audit::v1::QueryEventsRequest& request,
      const Cancelled& cancelled);
  absl::StatusOr<storage::ScanResult> Scan(const storage::ScanRequest& scan, Seq first_begin);

  storage::EventStore& store_;
  const query::PageTokens& tokens_;
  const Clock& clock_;
  WorkPool& pool_;
};

}  // namespace daybook::journal
