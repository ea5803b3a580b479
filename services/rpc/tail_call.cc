#include "rpc/tail_call.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "rpc/caller.h"
#include "rpc/status.h"

namespace daybook::rpc {
namespace {

using ::daybook::audit::v1::TailEventsRequest;
using ::daybook::audit::v1::TailEventsResponse;

// How long a service that stops waits for a client to take what it was sent.
constexpr absl::Duration kLastPatience = absl::Seconds(1);

}  // namespace

TailCall* TailCall::Start(grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                          const TailForm& form, Gate& gate, CallLog& calls) {
  const std::shared_ptr<TailCall> call(new TailCall(context, form, gate, calls));
  call->self_ = call;
  if (const absl::Status opened = call->Open(request); !opened.ok()) {
    call->End(opened);
  } else {
    gate.Tell(call);
    call->follower_->Next(call->tail_);
  }
  return call.get();
}

TailCall::TailCall(grpc::CallbackServerContext& context, const TailForm& form, Gate& gate,
                   CallLog& calls)
    : context_(context), form_(form), gate_(gate), calls_(calls), call_id_(CallIdOf(context)) {}

absl::Status TailCall::Open(const grpc::ByteBuffer& request) {
  DAYBOOK_ASSIGN_OR_RETURN(journal::Journal * journal, gate_.Enter());
  has_entered_ = true;
  DAYBOOK_RETURN_IF_ERROR(CallerOf(context_, journal->rules()).status());
  DAYBOOK_ASSIGN_OR_RETURN(const TailEventsRequest message, form_.RequestIn(request));
  DAYBOOK_ASSIGN_OR_RETURN(tail_, journal->follower().Follow(message, weak_from_this()));
  follower_ = &journal->follower();
  return absl::OkStatus();
}

void TailCall::OnMessage(TailEventsResponse message) {
  written_ = form_.MessagesOf(message);
  Write();
}

void TailCall::Write() {
  if (!BeginsToWrite()) return;
  StartWrite(&written_.front());
  absl::Status outcome;
  {
    const MutexLock lock(mutex_);
    is_starting_ = false;
    if (!outcome_ || is_finished_) return;
    is_finished_ = true;
    outcome = *outcome_;
  }
  FinishWith(std::move(outcome));
}

bool TailCall::BeginsToWrite() {
  const MutexLock lock(mutex_);
  if (outcome_) return false;
  is_starting_ = is_writing_ = true;
  return true;
}

void TailCall::OnWriteDone(bool ok) {
  written_.pop_front();  // many wait for long
  {
    const MutexLock lock(mutex_);
    is_writing_ = false;
  }
  if (!ok) return OnCancel();
  if (!written_.empty()) return Write();
  follower_->Next(tail_);
}

void TailCall::OnCancel() {
  End(ErrorWithReason(absl::StatusCode::kCancelled, Reason::kCancelled, "the client went away"));
}

void TailCall::OnShut(const absl::Status& why) {
  follower_->End(tail_, kLastPatience);
  End(why);
}

void TailCall::OnEnd(const absl::Status& why) { End(why); }

// What is to be sent comes first, and its client does not take it.
void TailCall::OnGivenUp() {
  const MutexLock lock(cancel_mutex_);
  if (!is_done_) context_.TryCancel();
}

// Behind a write that is under way, but never before it has begun.
void TailCall::End(const absl::Status& why) {
  {
    const MutexLock lock(mutex_);
    if (outcome_) return;
    outcome_ = why;
    if (is_starting_) return;
    is_finished_ = true;
  }
  FinishWith(why);
}

void TailCall::FinishWith(absl::Status outcome) {
  const auto took = std::chrono::steady_clock::now() - begin_;
  Finish(ToGrpc(calls_.CloseFailed(std::move(outcome), call_id_, took)));
}

void TailCall::OnDone() {
  {
    const MutexLock lock(cancel_mutex_);
    is_done_ = true;
  }
  gate_.Forget(*this);
  if (tail_ != nullptr) follower_->Leave(tail_);
  tail_.reset();
  if (has_entered_) gate_.Leave();
  self_.reset();
}

}  // namespace daybook::rpc
