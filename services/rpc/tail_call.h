#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/follower.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"

namespace daybook::rpc {

// What a call that follows the log is asked, and answers, on the wire.
//
// Thread-safe.
class TailForm {
 public:
  virtual ~TailForm() = default;
  // What it asks a Follower for. INVALID_ARGUMENT where it cannot.
  virtual absl::StatusOr<audit::v1::TailEventsRequest> RequestIn(
      const grpc::ByteBuffer& bytes) const = 0;
  // What it sends of a message; at least one, each of which says where to go on.
  virtual std::deque<grpc::ByteBuffer> MessagesOf(
      const audit::v1::TailEventsResponse& message) const = 0;
};

// Those of TailEvents and WatchDetections.
const TailForm& EventTail();
const TailForm& DetectionTail();

// One call that follows the log: gives gRPC the messages of a Follower, one at a time.
// Lives until gRPC is done with it.
//
// Thread-safe.
class TailCall final : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                       public Gate::Guest,
                       public journal::Follower::Listener,
                       public std::enable_shared_from_this<TailCall> {
 public:
  // The reactor for gRPC. The others must outlive the call.
  static TailCall* Start(grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                         const TailForm& form, Gate& gate, CallLog& calls);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void OnShut(const absl::Status& why) override;
  void OnMessage(audit::v1::TailEventsResponse message) override;
  void OnEnd(const absl::Status& why) override;
  void OnGivenUp() override;

 private:
  TailCall(grpc::CallbackServerContext& context, const TailForm& form, Gate& gate, CallLog& calls);

  void Write();
  absl::Status Open(const grpc::ByteBuffer& request);
  bool BeginsToWrite();
  void End(const absl::Status& why);
  void FinishWith(absl::Status outcome);

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  grpc::CallbackServerContext& context_;
  const TailForm& form_;
  Gate& gate_;
  CallLog& calls_;
  const std::string call_id_;
  std::shared_ptr<TailCall> self_;  // until gRPC is done
  bool has_entered_ = false;
  journal::Follower* follower_ = nullptr;          // from Open() on
  std::shared_ptr<journal::Follower::Tail> tail_;  // likewise

  std::deque<grpc::ByteBuffer> written_;  // the first one's write is under way

  Mutex mutex_;
  bool is_starting_ ABSL_GUARDED_BY(mutex_) = false;  // to write
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> outcome_ ABSL_GUARDED_BY(mutex_);  // once it is to end

  Mutex cancel_mutex_;
  bool is_done_ ABSL_GUARDED_BY(cancel_mutex_) = false;  // and context_ gone
};

}  // namespace daybook::rpc
