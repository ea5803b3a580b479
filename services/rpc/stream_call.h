#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"

#include "core/mutex.h"
#include "journal/record_stream.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"

namespace daybook::rpc {

// One call of StreamRecordEvents: moves messages between gRPC and a
// RecordStream, and reads no further than that has room. Ends with
//   OK                           the client has sent all it had, and has all answers
//   UNAVAILABLE / SHUTTING_DOWN  the gate has shut, and what was read is answered
// Lives until gRPC is done with it.
//
// Thread-safe.
class StreamCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public Gate::Guest,
                         public std::enable_shared_from_this<StreamCall> {
 public:
  // The reactor for gRPC. `calls` counts the stream, `events` what comes in it;
  // all must outlive the call.
  static StreamCall* Start(grpc::CallbackServerContext& context, Gate& gate, CallLog& calls,
                           CallLog& events);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void OnShut(const absl::Status& why) override;

 private:
  // What is to be done next.
  struct Steps {
    bool read = false;
    std::optional<journal::RecordStream::Answered> write;
    std::optional<absl::Status> finish;
  };

  StreamCall(grpc::CallbackServerContext& context, Gate& gate, CallLog& calls, CallLog& events);

  absl::Status Open();
  void Proceed();
  Steps NextSteps();
  bool BeginsToAdd(bool is_read);
  void Write(journal::RecordStream::Answered answer);
  void End(absl::Status outcome);

  bool is_ending() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return is_half_closed_ || is_broken_ || !why_shut_.ok();
  }
  absl::Status Outcome() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  grpc::CallbackServerContext& context_;
  Gate& gate_;
  CallLog& calls_;
  CallLog& events_;
  const std::string call_id_;
  std::shared_ptr<StreamCall> self_;  // until gRPC is done
  bool has_entered_ = false;
  std::optional<journal::RecordStream> stream_;  // from Open() on

  grpc::ByteBuffer read_;     // whose read is under way, or being added
  grpc::ByteBuffer written_;  // whose write is under way
  bool has_written_ = false;  // the same one's

  Mutex mutex_;
  bool is_reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_adding_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_broken_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status why_shut_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::rpc
