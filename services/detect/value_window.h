#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

#include "core/timestamp.h"
#include "detect/event_window.h"

namespace daybook::detect {

// The different values that one key had last, each with its newest event. Keeps a bounded
// number of them, as EventWindow does; it keeps digests, not the values.
//
// Thread-compatible.
class ValueWindow {
 public:
  explicit ValueWindow(size_t kept) : kept_(kept) {}

  // Times never go back.
  void Add(Occurrence occurrence, absl::string_view value);

  // Forgets the values that did not come after `time`.
  void DropUntil(Micros time);

  size_t count() const { return by_time_.size(); }

  // The newest event of each of the newest values, at most `limit`, in order.
  std::vector<uint64_t> Newest(size_t limit) const;

  // About how much memory it takes beside itself.
  size_t bytes() const { return count() * kBytesEach; }

 private:
  using Digest = absl::uint128;
  struct Value {
    Digest digest;
    Occurrence newest;
  };
  // A node of the list, and a place in the map, which is at most seven eighths full and
  // at least half of that.
  static constexpr size_t kBytesEach = 160;

  void DropOldest();

  size_t kept_;
  std::list<Value> by_time_;
  absl::flat_hash_map<Digest, std::list<Value>::iterator> places_;
};

}  // namespace daybook::detect
