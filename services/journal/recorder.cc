#include "journal/recorder.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/arena_message.h"
#include "core/errors.h"
#include "core/status_macros.h"
#include "core/unknown_fields.h"
#include "ledger/salt.h"

namespace daybook::journal {
namespace {

using ::daybook::audit::v1::BatchRecordEventsRequest;
using ::daybook::audit::v1::BatchRecordEventsResponse;
using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::RecordEventRequest;
using ::daybook::audit::v1::RecordEventResponse;
using ::daybook::audit::v1::WaitFor;
using ::daybook::storage::NewEvent;

constexpr int kMaxBatchEvents = 1'000;

// Checking so many takes some tenths of a millisecond.
constexpr int kCheckedAtOnce = 32;

constexpr size_t kMaxBatchBytes = size_t{4} << 20;
constexpr size_t kReceiptBytes = 64;  // about, on the wire

absl::Status CheckBatchSize(const BatchRecordEventsRequest& request) {
  const int size = request.requests_size();
  if (size < 1 || size > kMaxBatchEvents) {
    return InvalidFieldError(
        {.reason = Reason::kFieldInvalid,
         .field = "requests",
         .description = absl::StrCat("must be 1 to ", kMaxBatchEvents, " events, and not ", size)});
  }
  if (request.ByteSizeLong() > kMaxBatchBytes) {
    return InvalidFieldError({.reason = Reason::kEventTooLarge,
                              .field = "requests",
                              .description = "must be at most 4 MiB together"});
  }
  return absl::OkStatus();
}

absl::Status SetOnTheBatchError(absl::string_view field) {
  return InvalidFieldError({.reason = Reason::kFieldInvalid,
                            .field = std::string(field),
                            .description = "is set on the batch, not on its members"});
}

}  // namespace

absl::Status Recorder::CheckWaitFor(WaitFor wait_for) const {
  switch (wait_for) {
    case audit::v1::WAIT_FOR_UNSPECIFIED:
    case audit::v1::WAIT_FOR_DURABLE:
    case audit::v1::WAIT_FOR_CHECKPOINT:
      return absl::OkStatus();
    case audit::v1::WAIT_FOR_WITNESSED:
      if (trusts_witnesses_) return absl::OkStatus();
      return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kWitnessNotConfigured,
                             "wait_for: this log trusts no witness; daybookd --trusted-witness "
                             "names one, and WAIT_FOR_CHECKPOINT needs none");
    default:  // an open enum: the sender may know more values than we do
      return InvalidFieldError({.reason = Reason::kFieldInvalid,
                                .field = "wait_for",
                                .description = "is not a value of WaitFor"});
  }
}

absl::StatusOr<event::CheckedEvent> Recorder::Check(
    const auth::Principal& principal, const std::shared_ptr<RecordEventRequest>& request) const {
  DropUnknownFields(*request);
  return event::CheckedEvent::Check(rules_,
                                    std::shared_ptr<Event>(request, request->mutable_event()),
                                    {.producer = principal.producer,
                                     .source = principal.source,
                                     .request_id = std::move(*request->mutable_request_id())},
                                    clock_.Now());
}

absl::StatusOr<std::optional<NewEvent>> Recorder::Prepare(
    const auth::Principal& principal, const std::shared_ptr<RecordEventRequest>& request) const {
  DAYBOOK_ASSIGN_OR_RETURN(event::CheckedEvent checked, Check(principal, request));
  DAYBOOK_RETURN_IF_ERROR(CheckWaitFor(request->wait_for()));
  if (request->validate_only()) return std::nullopt;
  return NewEvent(std::move(checked), ledger::DrawSalt());
}

void Recorder::Submit(std::vector<NewEvent> events, WaitFor wait_for,
                      Answer<GroupCommit::Receipts> answer) {
  if (!Prover::IsProof(wait_for)) {
    return commits_.Submit(std::move(events), std::move(answer));
  }
  commits_.Submit(std::move(events), [this, wait_for, answer = std::move(answer)](
                                         absl::StatusOr<GroupCommit::Receipts> receipts) mutable {
    if (!receipts.ok()) return std::move(answer)(std::move(receipts));
    prover_.AddProofs(*std::move(receipts), wait_for, std::move(answer));
  });
}

void Recorder::Record(const auth::Principal& principal,
                      const std::shared_ptr<RecordEventRequest>& request,
                      Answer<RecordEventResponse> answer) {
  absl::StatusOr<std::optional<NewEvent>> prepared = Prepare(principal, request);
  if (!prepared.ok()) return std::move(answer)(std::move(prepared).status());
  if (!*prepared) return std::move(answer)(RecordEventResponse());

  std::vector<NewEvent> events;
  events.push_back(**std::move(prepared));
  Submit(std::move(events), request->wait_for(),
         [answer = std::move(answer)](absl::StatusOr<GroupCommit::Receipts> receipts) mutable {
           if (!receipts.ok()) return std::move(answer)(std::move(receipts).status());
           RecordEventResponse response;
           ToProto(receipts->front(), *response.mutable_receipt());
           std::move(answer)(std::move(response));
         });
}

absl::StatusOr<event::CheckedEvent> Recorder::CheckMember(
    const auth::Principal& principal, const std::shared_ptr<RecordEventRequest>& member) const {
  if (member->validate_only()) return SetOnTheBatchError("validate_only");
  if (member->wait_for() != audit::v1::WAIT_FOR_UNSPECIFIED) return SetOnTheBatchError("wait_for");
  return Check(principal, member);
}

absl::StatusOr<std::vector<NewEvent>> Recorder::CheckBatch(
    const auth::Principal& principal,
    const std::shared_ptr<BatchRecordEventsRequest>& request) const {
  DropUnknownFields(*request);
  DAYBOOK_RETURN_IF_ERROR(CheckBatchSize(*request));
  DAYBOOK_RETURN_IF_ERROR(CheckWaitFor(request->wait_for()));
  const std::vector<ledger::Salt> salts =
      ledger::DrawSalts(static_cast<size_t>(request->requests_size()));
  std::vector<NewEvent> events;
  events.reserve(salts.size());
  for (RecordEventRequest& member : *request->mutable_requests()) {
    absl::StatusOr<event::CheckedEvent> checked =
        CheckMember(principal, std::shared_ptr<RecordEventRequest>(request, &member));
    if (!checked.ok()) {
      return WithFieldPrefix(checked.status(), absl::StrCat("requests[", events.size(), "]"));
    }
    events.emplace_back(*std::move(checked), salts[events.size()]);
  }
  return events;
}

// Where too many batches wait already, the caller's thread does its own: so nobody sends faster
// than they are checked.
void Recorder::BatchRecord(const auth::Principal& principal,
                           const std::shared_ptr<BatchRecordEventsRequest>& request,
                           Answer<std::shared_ptr<const BatchRecordEventsResponse>> answer) {
  WorkPool::Work work = [this, principal, request, answer = std::move(answer)]() mutable {
    CheckAndSubmit(principal, request, std::move(answer));
  };
  const bool is_large = request->requests_size() > kCheckedAtOnce;
  if (!is_large || !batches_.TryAdd(work)) std::move(work)();
}

void Recorder::CheckAndSubmit(const auth::Principal& principal,
                              const std::shared_ptr<BatchRecordEventsRequest>& request,
                              Answer<std::shared_ptr<const BatchRecordEventsResponse>> answer) {
  absl::StatusOr<std::vector<NewEvent>> events = CheckBatch(principal, request);
  if (!events.ok()) return std::move(answer)(std::move(events).status());
  if (request->validate_only()) {
    const auto response = std::make_shared<BatchRecordEventsResponse>();
    for (int i = 0; i < request->requests_size(); ++i) response->add_receipts();
    return std::move(answer)(response);
  }
  Submit(*std::move(events), request->wait_for(),
         [answer = std::move(answer)](absl::StatusOr<GroupCommit::Receipts> receipts) mutable {
           if (!receipts.ok()) return std::move(answer)(std::move(receipts).status());
           const auto response =
               NewArenaMessage<BatchRecordEventsResponse>(kReceiptBytes * receipts->size());
           for (const Receipt& receipt : *receipts) ToProto(receipt, *response->add_receipts());
           std::move(answer)(response);
         });
}

}  // namespace daybook::journal
