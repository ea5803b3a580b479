#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "google/protobuf/arena.h"

namespace daybook {

// An empty message with memory that is freed as a whole, and of which there is
// some at once for a content of about `bytes` on the wire.
template <typename Message>
std::shared_ptr<Message> NewArenaMessage(size_t bytes) {
  constexpr size_t kGrowth = 3;  // of a message of short texts, from the wire into memory
  constexpr size_t kSmallestBlock = 512;
  constexpr size_t kLargestBlock = 65'536;
  google::protobuf::ArenaOptions options;
  options.start_block_size = std::clamp(kGrowth * bytes, kSmallestBlock, kLargestBlock);
  options.max_block_size = kLargestBlock;
  auto arena = std::make_shared<google::protobuf::Arena>(options);
  Message* const message = google::protobuf::Arena::CreateMessage<Message>(arena.get());
  return {std::move(arena), message};
}

}  // namespace daybook
