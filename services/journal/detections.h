#pragma once

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

// Finds what the log says of rules that fired. Works on threads of its own: the caller's
// never waits.
//
// Thread-safe.
class Detections {
 public:
  // True once nobody waits for the answer any more; asked from other threads
  // until the answer is given.
  using Cancelled = std::function<bool()>;

  // All must outlive it.
  Detections(storage::EventStore& store, const query::PageTokens& tokens, const Clock& clock,
             WorkPool& pool)
      : store_(store), tokens_(tokens), clock_(clock), pool_(pool) {}

  // Errors as the contract says; RESOURCE_EXHAUSTED / QUEUE_FULL where too many reads
  // wait. `request` is copied.
  void List(const auth::Principal& principal, const audit::v1::ListDetectionsRequest& request,
            Cancelled cancelled, Answer<audit::v1::ListDetectionsResponse> answer);

 private:
  absl::StatusOr<audit::v1::ListDetectionsResponse> DoList(
      const auth::Principal& principal, const audit::v1::ListDetectionsRequest& request,
      const Cancelled& cancelled);

  storage::EventStore& store_;
  const query::PageTokens& tokens_;
  const Clock& clock_;
  WorkPool& pool_;
};

}  // namespace daybook::journal
