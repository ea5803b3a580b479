#pragma once

#include <memory>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/arena_message.h"
#include "core/status_macros.h"
#include "rpc/malformed.h"

namespace daybook::rpc {

// Reads a message from `bytes`, or says what is wrong with them: gRPC answers a
// message that does not parse with a bare UNIMPLEMENTED, and the sender is owed
// more than that.
template <typename Message>
absl::StatusOr<std::shared_ptr<Message>> Parse(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) {
    return MalformedRequestError(*Message::descriptor(), "");
  }
  const absl::string_view text(reinterpret_cast<const char*>(slice.begin()), slice.size());
  DAYBOOK_RETURN_IF_ERROR(CheckFieldCount(*Message::descriptor(), text));
  std::shared_ptr<Message> message = NewArenaMessage<Message>(text.size());
  if (message->ParseFromArray(text.data(), static_cast<int>(text.size()))) return message;
  return MalformedRequestError(*Message::descriptor(), text);
}

}  // namespace daybook::rpc
