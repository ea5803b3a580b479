#include "storage/sqlite/filter_bits.h"

#include <algorithm>
#include <array>

#include "storage/sqlite/filter_format.h"

namespace daybook::storage::sqlite {
namespace {

constexpr size_t kAtOnce = 64;

}  // namespace

// First where, then all that: the processor waits for many words of memory at once.
void FilterBits::Add(std::span<const uint64_t> keys) {
  std::array<uint64_t, kAtOnce * kFilterProbes> found;
  while (!keys.empty()) {
    const auto some = keys.first(std::min(kAtOnce, keys.size()));
    size_t count = 0;
    for (const uint64_t key : some) {
      FilterPlaces places(key, places_);
      for (int probe = 0; probe < kFilterProbes; ++probe) found[count++] = places.Next();
    }
    for (size_t i = 0; i < count; ++i) words_[found[i] / 64] |= uint64_t{1} << (found[i] % 64);
    keys = keys.subspan(some.size());
  }
}

bool FilterBits::MayHave(uint64_t key) const {
  FilterPlaces places(key, places_);
  for (int probe = 0; probe < kFilterProbes; ++probe) {
    const uint64_t place = places.Next();
    if ((words_[place / 64] >> (place % 64) & 1) == 0) return false;
  }
  return true;
}

bool FilterBits::Contains(const FilterBits& other) const {
  return std::equal(words_.begin(), words_.end(), other.words_.begin(),
                    [](uint64_t has, uint64_t needed) { return (needed & ~has) == 0; });
}

}  // namespace daybook::storage::sqlite
