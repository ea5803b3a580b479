#pragma once

#include <memory>
#include <string>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include "absl/status/statusor.h"

#include "core/arena_message.h"
#include "rpc/malformed.h"

namespace daybook::rpc {

// Reads a message from `bytes`, or says what is wrong with them: gRPC answers a
// message that does not parse with a bare UNIMPLEMENTED, and the sender is owed
// more than that.
template <typename Message>
absl::StatusOr<std::shared_ptr<Message>> Parse(const grpc::ByteBuffer& bytes) {
  std::shared_ptr<Message> message = NewArenaMessage<Message>(bytes.Length());
  grpc::ByteBuffer copy = bytes;  // reading consumes it
  grpc::ProtoBufferReader reader(&copy);
  if (reader.status().ok() && message->ParseFromZeroCopyStream(&reader)) return message;
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) slice = grpc::Slice();
  return MalformedRequestError(
      *Message::descriptor(),
      std::string(reinterpret_cast<const char*>(slice.begin()), slice.size()));
}

}  // namespace daybook::rpc
