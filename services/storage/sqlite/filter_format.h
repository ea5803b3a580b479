#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "absl/numeric/int128.h"

namespace daybook::storage::sqlite {

// How a file of filters is laid out, and where a key has its places: docs/storage.md,
// "Filters".

inline constexpr uint64_t kFilterSegments = 64;  // in a file
inline constexpr size_t kFilterHeaderBytes = 4'096;
inline constexpr uint64_t kFilterMagic = 0x315a53'4b4f4f42;  // another layout is another number
inline constexpr int kFilterProbes = 6;

// What each segment holds, as a number that other content would not have; 0 where
// there is no such segment.
using FilterTags = std::array<uint64_t, kFilterSegments>;

// What tells a boot of the machine from every other.
using FilterBoot = std::array<char, 64>;

// How such a file begins.
struct FilterHeader {
  uint64_t magic;
  uint64_t words;
  uint64_t added;   // the segments (bit b for segment b) whose bits are all set
  uint64_t synced;  // those of them that outlast the machine
  FilterBoot boot;  // during which `added` was written
  FilterTags tags;  // of the content that was added
};
static_assert(sizeof(FilterHeader) <= kFilterHeaderBytes);

// What a store keeps filters of. Requests are asked for by every append, where a
// false answer costs a look into a file.
struct FilterKind {
  const char* name;
  uint64_t bits_an_event;
};
inline constexpr FilterKind kSubjectFilters = {.name = "subjects", .bits_an_event = 16};
inline constexpr FilterKind kRequestFilters = {.name = "requests", .bits_an_event = 32};

// How many places the filter of a segment has: a power of two.
inline uint64_t FilterWords(const FilterKind& kind, uint64_t segment_events) {
  return std::bit_ceil(segment_events * kind.bits_an_event);
}

// Walks the places of a key: a start and a stride, both drawn from all its bits.
class FilterPlaces {
 public:
  FilterPlaces(uint64_t key, uint64_t words) : mask_(words - 1) {
    constexpr uint64_t kFactor = 0x9e3779b97f4a7c15;
    const absl::uint128 product = absl::uint128(key ^ (key >> 29)) * kFactor;
    const uint64_t mixed = absl::Uint128High64(product) ^ absl::Uint128Low64(product);
    place_ = mixed * kFactor;
    place_ ^= place_ >> 32;
    stride_ = (mixed >> 17) | 1;  // odd, so that no place comes twice
  }
  uint64_t Next() {
    const uint64_t place = place_ & mask_;
    place_ += stride_;
    return place;
  }

 private:
  const uint64_t mask_;
  uint64_t place_;
  uint64_t stride_;
};

}  // namespace daybook::storage::sqlite
