#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "rpc/status.h"

namespace daybook::rpc {

// UNIMPLEMENTED / NOT_YET_AVAILABLE: the contract has the call, this version
// does not answer it yet.
inline grpc::Status NotYetAvailable(absl::string_view method) {
  return ToGrpc(ErrorWithReason(absl::StatusCode::kUnimplemented, Reason::kNotYetAvailable,
                                absl::StrCat("this version does not answer ", method, " yet")));
}

// Reactors that answer so, for each shape of call.

inline grpc::ServerUnaryReactor* NotYet(grpc::CallbackServerContext& context,
                                        absl::string_view method) {
  grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
  reactor->Finish(NotYetAvailable(method));
  return reactor;
}

template <typename Response>
class NotYetWriting final : public grpc::ServerWriteReactor<Response> {
 public:
  explicit NotYetWriting(absl::string_view method) { this->Finish(NotYetAvailable(method)); }
  void OnDone() override { delete this; }
};

template <typename Request, typename Response>
class NotYetStreaming final : public grpc::ServerBidiReactor<Request, Response> {
 public:
  explicit NotYetStreaming(absl::string_view method) { this->Finish(NotYetAvailable(method)); }
  void OnDone() override { delete this; }
};

}  // namespace daybook::rpc
