#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/timestamp.h"

namespace daybook::detect {

// An event, and its record time.
struct Occurrence {
  Micros time = 0;
  uint64_t seq = 0;
};

// The newest events of one key. It keeps a bounded number of them: whether so many lie
// in a window is known exactly as long as it keeps at least as many.
//
// Thread-compatible.
class EventWindow {
 public:
  explicit EventWindow(size_t kept) : kept_(kept) {}

  // Times never go back.
  void Add(Occurrence occurrence);

  // Forgets what is at `time` or before.
  void DropUntil(Micros time);

  size_t count() const { return occurrences_.size() - begin_; }

  // The newest, at most `limit`, in order.
  std::vector<uint64_t> Newest(size_t limit) const;

  // About how much memory it takes beside itself.
  size_t bytes() const { return occurrences_.capacity() * sizeof(Occurrence); }

 private:
  void Drop(size_t count);

  size_t kept_;
  std::vector<Occurrence> occurrences_;  // from begin_ on, by time
  size_t begin_ = 0;
};

}  // namespace daybook::detect
