#pragma once

#include <array>
#include <cstdint>

namespace daybook::bench {

// xoshiro256++: a few instructions a number. The same numbers for the same seed.
//
// Thread-compatible.
class Random {
 public:
  explicit Random(uint64_t seed) {
    for (uint64_t& word : state_) word = SplitMix(seed);
  }

  uint64_t Next() {
    const uint64_t sum = state_[0] + state_[3];
    const uint64_t result = Rotated(sum, 23) + state_[0];
    const uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = Rotated(state_[3], 45);
    return result;
  }

  // One of 0 … end - 1; `end` is below 2^32.
  uint64_t Below(uint64_t end) { return ((Next() >> 32) * end) >> 32; }

 private:
  static uint64_t Rotated(uint64_t word, int bits) {
    return (word << bits) | (word >> (64 - bits));
  }

  static uint64_t SplitMix(uint64_t& seed) {
    uint64_t word = seed += 0x9e3779b97f4a7c15;
    word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
    word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
    return word ^ (word >> 31);
  }

  std::array<uint64_t, 4> state_{};
};

}  // namespace daybook::bench
