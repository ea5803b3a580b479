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
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/follower.h"
#include "rpc/call_log.h"
#include "rpc/gate.h"

namespace daybook::rpc {

// One call of TailEvents: gives gRPC the messages of a Follower, one at a time.
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
                         Gate& gate, CallLog& calls);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void OnShut(const absl::Status& why) override;
  void OnMessage(audit::v1::TailEventsResponse message) override;
  void OnEnd(const absl::Status& why) override;
  void OnGivenUp() override;

 private:
  TailCall(grpc::CallbackServerContext& context, Gate& gate, CallLog& calls);

  absl::Status Open(const grpc::ByteBuffer& request);
  bool BeginsToWrite();
  void End(const absl::Status& why);
  void FinishWith(absl::Status outcome);

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  grpc::CallbackServerContext& context_;
  Gate& gate_;
  CallLog& calls_;
  const std::string call_id_;
  std::shared_ptr<TailCall> self_;  // until gRPC is done
  bool has_entered_ = false;
  journal::Follower* follower_ = nullptr;          // from Open() on
  std::shared_ptr<journal::Follower::Tail> tail_;  // likewise

  grpc::ByteBuffer written_;  // whose write is under way

  Mutex mutex_;
  bool is_starting_ ABSL_GUARDED_BY(mutex_) = false;  // to write
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::optional<absl::Status> outcome_ ABSL_GUARDED_BY(mutex_);  // once it is to end

  Mutex cancel_mutex_;
  bool is_done_ ABSL_GUARDED_BY(cancel_mutex_) = false;  // and context_ gone
};

}  // namespace daybook::rpc
