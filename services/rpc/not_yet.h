#pragma once

#include <string>
#include <utility>

#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "rpc/call_log.h"

namespace daybook::rpc {

// Answers a method that the contract has and this version has not:
// UNIMPLEMENTED / NOT_YET_AVAILABLE.
//
// Thread-safe.
class NotYet {
 public:
  // As CallLog has them.
  NotYet(std::string method, telemetry::Metrics& metrics, telemetry::Log& log)
      : log_(std::move(method), metrics, log) {}

  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext& context) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    reactor->Finish(Refuse(context));
    return reactor;
  }

 private:
  grpc::Status Refuse(const grpc::CallbackServerContext& context) {
    return log_.Close(
        ErrorWithReason(absl::StatusCode::kUnimplemented, Reason::kNotYetAvailable,
                        absl::StrCat("this version does not answer ", log_.method(), " yet")),
        context, {});
  }

  CallLog log_;
};

}  // namespace daybook::rpc
