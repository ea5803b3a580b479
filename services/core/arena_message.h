#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

#include "google/protobuf/arena.h"

namespace daybook {

// An empty message with memory that is freed as a whole. It grows with what the
// message comes to hold, from as little as `bytes` on the wire may need: a length
// alone must not reserve much. Long texts have memory of their own.
template <typename Message>
std::shared_ptr<Message> NewArenaMessage(size_t bytes) {
  constexpr size_t kGrowth = 3;  // of a message of short texts, from the wire into memory
  constexpr size_t kSmallestBlock = 512;
  constexpr size_t kLargestFirstBlock = 4'096;
  constexpr size_t kLargestBlock = 65'536;
  google::protobuf::ArenaOptions options;
  options.start_block_size = std::clamp(kGrowth * bytes, kSmallestBlock, kLargestFirstBlock);
  options.max_block_size = kLargestBlock;
  auto arena = std::make_shared<google::protobuf::Arena>(options);
  auto* const message = google::protobuf::Arena::CreateMessage<Message>(arena.get());
  return {std::move(arena), message};
}

}  // namespace daybook
