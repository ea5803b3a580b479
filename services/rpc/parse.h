#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include "absl/status/statusor.h"

#include "google/protobuf/arena.h"
#include "rpc/malformed.h"

namespace daybook::rpc {

// An empty message, with memory that it frees as a whole, for a content of about
// so many `bytes` on the wire.
template <typename Message>
std::shared_ptr<Message> NewMessage(size_t bytes) {
  constexpr size_t kGrowth = 3;  // of a message of short texts, as it is read
  constexpr size_t kSmallestBlock = 512;
  constexpr size_t kLargestBlock = 65'536;
  google::protobuf::ArenaOptions options;
  options.start_block_size = std::clamp(kGrowth * bytes, kSmallestBlock, kLargestBlock);
  options.max_block_size = kLargestBlock;
  auto arena = std::make_shared<google::protobuf::Arena>(options);
  Message* const message = google::protobuf::Arena::CreateMessage<Message>(arena.get());
  return {std::move(arena), message};
}

// Reads a message from `bytes`, or says what is wrong with them: gRPC answers a
// message that does not parse with a bare UNIMPLEMENTED, and the sender is owed
// more than that.
template <typename Message>
absl::StatusOr<std::shared_ptr<Message>> Parse(const grpc::ByteBuffer& bytes) {
  std::shared_ptr<Message> message = NewMessage<Message>(bytes.Length());
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
