#include "rpc/stream_call.h"

#include <utility>

#include <grpcpp/impl/codegen/proto_utils.h>

#include "absl/status/statusor.h"

#include "auth/principal.h"
#include "core/errors.h"
#include "core/status_macros.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/receipt.h"
#include "rpc/caller.h"
#include "rpc/parse.h"
#include "rpc/status.h"

namespace daybook::rpc {
namespace {

using ::daybook::audit::v1::StreamRecordEventsRequest;
using ::daybook::audit::v1::StreamRecordEventsResponse;
using ::daybook::journal::RecordStream;

}  // namespace

StreamCall* StreamCall::Start(grpc::CallbackServerContext& context, Gate& gate, CallLog& calls,
                              CallLog& events) {
  const std::shared_ptr<StreamCall> call(new StreamCall(context, gate, calls, events));
  call->self_ = call;
  if (absl::Status opened = call->Open(); !opened.ok()) {
    call->End(std::move(opened));
  } else {
    gate.Tell(call);
    call->Proceed();
  }
  return call.get();
}

StreamCall::StreamCall(grpc::CallbackServerContext& context, Gate& gate, CallLog& calls,
                       CallLog& events)
    : context_(context), gate_(gate), calls_(calls), events_(events), call_id_(CallIdOf(context)) {}

absl::Status StreamCall::Open() {
  DAYBOOK_ASSIGN_OR_RETURN(journal::Journal * journal, gate_.Enter());
  has_entered_ = true;
  DAYBOOK_ASSIGN_OR_RETURN(auth::Principal caller, CallerOf(context_, journal->rules()));
  stream_.emplace(journal->recorder(), std::move(caller), RecordStream::Limits(),
                  [call = weak_from_this()] {
                    if (const std::shared_ptr<StreamCall> present = call.lock()) present->Proceed();
                  });
  return absl::OkStatus();
}

// Everything that happens ends here. The flags make sure that of each kind one
// operation at most is under way; they are set before it begins and without the
// lock, since gRPC may call back at once.
void StreamCall::Proceed() {
  Steps steps = NextSteps();
  if (steps.read) StartRead(&read_);
  if (steps.write) Write(*std::move(steps.write));
  if (steps.finish) End(*std::move(steps.finish));
}

StreamCall::Steps StreamCall::NextSteps() {
  const MutexLock lock(mutex_);
  Steps steps;
  if (is_finished_) return steps;
  if (!is_ending() && !is_reading_ && stream_->HasRoom()) is_reading_ = steps.read = true;
  if (is_writing_) return steps;
  steps.write = stream_->TakeAnswer();
  is_writing_ = steps.write.has_value();
  if (is_ending() && !is_adding_ && stream_->is_settled()) steps.finish = Outcome();
  is_finished_ = steps.finish.has_value();
  return steps;
}

absl::Status StreamCall::Outcome() const {
  if (is_broken_ || context_.IsCancelled()) {
    return ErrorWithReason(absl::StatusCode::kCancelled, Reason::kCancelled,
                           "the client went away before the end of its stream");
  }
  if (is_half_closed_) return absl::OkStatus();
  return why_shut_;
}

bool StreamCall::BeginsToAdd(bool is_read) {
  const MutexLock lock(mutex_);
  is_adding_ = is_read && !is_ending();
  if (!is_read) is_half_closed_ = true;
  if (!is_adding_) is_reading_ = false;
  return is_adding_;
}

void StreamCall::OnReadDone(bool ok) {
  if (BeginsToAdd(ok)) {
    stream_->Add(Parse<StreamRecordEventsRequest>(read_), read_.Length());
    const MutexLock lock(mutex_);
    is_adding_ = is_reading_ = false;
  }
  Proceed();
}

void StreamCall::Write(RecordStream::Answered answer) {
  StreamRecordEventsResponse response;
  if (answer.outcome.ok()) {
    events_.Count(absl::StatusCode::kOk, answer.took);
    audit::v1::Receipt& receipt = *response.mutable_receipt();
    if (*answer.outcome) journal::ToProto(**answer.outcome, receipt);
  } else {
    *response.mutable_status() =
        ToProto(events_.CloseFailed(std::move(answer.outcome).status(), call_id_, answer.took));
  }
  written_.Clear();
  bool own_buffer = false;
  // Writing into memory does not fail.
  (void)grpc::SerializationTraits<StreamRecordEventsResponse>::Serialize(response, &written_,
                                                                         &own_buffer);
  grpc::WriteOptions options;
  // Together with the next one, which is there: fewer and larger packets. Not
  // the first, which carries the headers: those would never get ready to go.
  if (answer.more_follow && has_written_) options.set_buffer_hint();
  has_written_ = true;
  StartWrite(&written_, options);
}

void StreamCall::OnWriteDone(bool ok) {
  stream_->Release();
  {
    const MutexLock lock(mutex_);
    is_writing_ = false;
    if (!ok) is_broken_ = true;
  }
  Proceed();
}

void StreamCall::OnCancel() {
  {
    const MutexLock lock(mutex_);
    is_broken_ = true;
  }
  Proceed();
}

void StreamCall::OnShut(const absl::Status& why) {
  {
    const MutexLock lock(mutex_);
    why_shut_ = why;
  }
  Proceed();
}

void StreamCall::End(absl::Status outcome) {
  {
    const MutexLock lock(mutex_);
    is_finished_ = true;
  }
  const auto took = std::chrono::steady_clock::now() - begin_;
  if (outcome.ok()) {
    calls_.Count(absl::StatusCode::kOk, took);
    return Finish(grpc::Status::OK);
  }
  Finish(ToGrpc(calls_.CloseFailed(std::move(outcome), call_id_, took)));
}

void StreamCall::OnDone() {
  gate_.Forget(*this);
  if (has_entered_) gate_.Leave();
  self_.reset();
}

}  // namespace daybook::rpc
