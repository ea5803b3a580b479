#pragma once

#include <string>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include "absl/status/status.h"

#include "rpc/malformed.h"

namespace daybook::rpc {

// Reads `bytes` into `message`, or says what is wrong with them: gRPC answers a
// message that does not parse with a bare UNIMPLEMENTED, and the sender is owed
// more than that.
template <typename Message>
absl::Status Parse(const grpc::ByteBuffer& bytes, Message& message) {
  grpc::ByteBuffer copy = bytes;  // reading consumes it
  grpc::ProtoBufferReader reader(&copy);
  if (reader.status().ok() && message.ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  grpc::Slice slice;
  if (!bytes.DumpToSingleSlice(&slice).ok()) slice = grpc::Slice();
  return MalformedRequestError(
      *Message::descriptor(),
      std::string(reinterpret_cast<const char*>(slice.begin()), slice.size()));
}

}  // namespace daybook::rpc
