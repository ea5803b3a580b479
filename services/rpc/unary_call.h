#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "auth/principal.h"
#include "journal/answer.h"
#include "rpc/call_log.h"
#include "rpc/caller.h"
#include "rpc/gate.h"
#include "rpc/parse.h"
#include "rpc/status.h"

namespace daybook::rpc {

// One unary call, from its bytes to its bytes. Lives until gRPC is done with it.
template <typename Request, typename Response>
class UnaryCall final : public grpc::ServerUnaryReactor {
 public:
  // Runs the use case; it answers through the last parameter.
  using UseCase = absl::FunctionRef<void(journal::Journal&, const auth::Principal&,
                                         const std::shared_ptr<Request>&, UnaryCall&,
                                         journal::Answer<Response>)>;

  // The reactor for gRPC. `log` must outlive the call.
  static UnaryCall* Start(grpc::CallbackServerContext& context, const grpc::ByteBuffer& request,
                          grpc::ByteBuffer& response, Gate& gate, CallLog& log, UseCase use_case) {
    auto* const call = new UnaryCall(context, response, log);
    if (absl::Status begun = call->Run(request, gate, use_case); !begun.ok()) {
      call->Finish(std::move(begun));
    }
    return call;
  }

  // True once the client has gone.
  bool is_cancelled() const { return context_.IsCancelled(); }

 private:
  UnaryCall(grpc::CallbackServerContext& context, grpc::ByteBuffer& response, CallLog& log)
      : context_(context), response_(response), log_(log) {}

  absl::Status Run(const grpc::ByteBuffer& bytes, Gate& gate, UseCase use_case) {
    const absl::StatusOr<journal::Journal*> journal = gate.Enter();
    if (!journal.ok()) return journal.status();
    entered_ = &gate;
    const absl::StatusOr<auth::Principal> caller = CallerOf(context_, (*journal)->rules());
    if (!caller.ok()) return caller.status();
    const absl::StatusOr<std::shared_ptr<Request>> request = Parse<Request>(bytes);
    if (!request.ok()) return request.status();
    use_case(**journal, *caller, *request, *this,
             [this](absl::StatusOr<Response> response) { Answer(std::move(response)); });
    return absl::OkStatus();
  }

  void Answer(absl::StatusOr<Response> response) {
    if (!response.ok()) return Finish(std::move(response).status());
    bool own_buffer = false;
    const grpc::protobuf::MessageLite& message = MessageIn(*response);
    const grpc::Status written =
        grpc::GenericSerialize<grpc::ProtoBufferWriter, grpc::protobuf::MessageLite>(
            message, &response_, &own_buffer);
    Finish(FromGrpc(written));
  }

  // A response is a message, or points to one.
  template <typename Message>
  static const Message& MessageIn(const Message& message) {
    return message;
  }
  template <typename Message>
  static const Message& MessageIn(const std::shared_ptr<Message>& message) {
    return *message;
  }

  void Finish(absl::Status outcome) {
    grpc::ServerUnaryReactor::Finish(
        log_.Close(std::move(outcome), context_, std::chrono::steady_clock::now() - begin_));
  }

  // OnDone does next to nothing, so gRPC may run it where it stands: otherwise it
  // wakes a thread of its executor for each call. Later versions of gRPC need not
  // have this; without it calls cost more, and nothing else changes.
  bool InternalInlineable() override { return true; }

  void OnDone() override {
    if (entered_ != nullptr) entered_->Leave();
    delete this;
  }

  const std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  grpc::CallbackServerContext& context_;
  grpc::ByteBuffer& response_;
  CallLog& log_;
  Gate* entered_ = nullptr;
};

}  // namespace daybook::rpc
