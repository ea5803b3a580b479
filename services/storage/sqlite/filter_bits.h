#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace daybook::storage::sqlite {

// The filter of one segment by itself, in memory: the bits that a file of filters has
// for it, 64 of its places to a word.
//
// Thread-compatible.
class FilterBits {
 public:
  // `places` is a power of two.
  explicit FilterBits(uint64_t places) : places_(places), words_((places + 63) / 64) {}

  // Many at a time take much less than one after another.
  void Add(std::span<const uint64_t> keys);
  bool MayHave(uint64_t key) const;

  // Whether it has all that `other`, of the same size, has.
  bool Contains(const FilterBits& other) const;

  uint64_t places() const { return places_; }
  std::span<uint64_t> words() { return words_; }

 private:
  uint64_t places_;
  std::vector<uint64_t> words_;
};

}  // namespace daybook::storage::sqlite
