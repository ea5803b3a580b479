#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "auth/principal.h"
#include "core/clock.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "event/event_rules.h"
#include "journal/answer.h"
#include "journal/group_commit.h"
#include "journal/prover.h"
#include "journal/work_pool.h"

namespace daybook::journal {

// Records events. Checks them, and does everything else that needs no order,
// on the caller's thread; large batches on threads of their own, as they would keep
// a thread of the front from the calls of others.
//
// Thread-safe.
class Recorder {
 public:
  // All must outlive it. Nothing waits for witnesses where none is trusted.
  Recorder(const event::EventRules& rules, GroupCommit& commits, Prover& prover, WorkPool& batches,
           bool trusts_witnesses, const Clock& clock)
      : rules_(rules),
        commits_(commits),
        prover_(prover),
        batches_(batches),
        trusts_witnesses_(trusts_witnesses),
        clock_(clock) {}

  // Errors as the contract says, and those of GroupCommit::Submit and
  // Prover::AddProofs.
  // Events stay in the request's memory until they are recorded; they are changed
  // there, so nobody else may look at the request.
  void Record(const auth::Principal& principal,
              const std::shared_ptr<audit::v1::RecordEventRequest>& request,
              Answer<audit::v1::RecordEventResponse> answer);
  void BatchRecord(const auth::Principal& principal,
                   const std::shared_ptr<audit::v1::BatchRecordEventsRequest>& request,
                   Answer<std::shared_ptr<const audit::v1::BatchRecordEventsResponse>> answer);

  // What Record would hand to GroupCommit; nothing where the request only
  // validates.
  absl::StatusOr<std::optional<storage::NewEvent>> Prepare(
      const auth::Principal& principal,
      const std::shared_ptr<audit::v1::RecordEventRequest>& request) const;

  GroupCommit& commits() const { return commits_; }
  Prover& prover() const { return prover_; }

 private:
  // Hands events over, and answers once what the request waits for has happened.
  void Submit(std::vector<storage::NewEvent> events, audit::v1::WaitFor wait_for,
              Answer<GroupCommit::Receipts> answer);
  absl::StatusOr<event::CheckedEvent> Check(
      const auth::Principal& principal,
      const std::shared_ptr<audit::v1::RecordEventRequest>& request) const;
  absl::Status CheckWaitFor(audit::v1::WaitFor wait_for) const;
  absl::StatusOr<event::CheckedEvent> CheckMember(
      const auth::Principal& principal,
      const std::shared_ptr<audit::v1::RecordEventRequest>& member) const;
  void CheckAndSubmit(const auth::Principal& principal,
                      const std::shared_ptr<audit::v1::BatchRecordEventsRequest>& request,
                      Answer<std::shared_ptr<const audit::v1::BatchRecordEventsResponse>> answer);
  absl::StatusOr<std::vector<storage::NewEvent>> CheckBatch(
      const auth::Principal& principal,
      const std::shared_ptr<audit::v1::BatchRecordEventsRequest>& request) const;

  const event::EventRules& rules_;
  GroupCommit& commits_;
  Prover& prover_;
  WorkPool& batches_;
  const bool trusts_witnesses_;
  const Clock& clock_;
};

}  // namespace daybook::journal
