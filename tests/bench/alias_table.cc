#include "bench/alias_table.h"

#include <numeric>

namespace daybook::bench {
namespace {

constexpr double kWhole = 4294967295.0;

}  // namespace

AliasTable::AliasTable(const std::vector<double>& weights) : cells_(weights.size()) {
  const double mean =
      std::accumulate(weights.begin(), weights.end(), 0.0) / static_cast<double>(weights.size());
  std::vector<double> share;
  std::vector<uint32_t> small;
  std::vector<uint32_t> large;
  for (const double weight : weights) {
    (weight < mean ? small : large).push_back(static_cast<uint32_t>(share.size()));
    share.push_back(weight / mean);
  }
  while (!small.empty() && !large.empty()) {
    const uint32_t poor = small.back();
    const uint32_t rich = large.back();
    small.pop_back();
    cells_[poor] = {.threshold = static_cast<uint32_t>(share[poor] * kWhole), .other = rich};
    share[rich] -= 1 - share[poor];
    if (share[rich] >= 1) continue;
    large.pop_back();
    small.push_back(rich);
  }
  small.insert(small.end(), large.begin(), large.end());  // what is left has a whole share
  for (const uint32_t whole : small) cells_[whole] = {.threshold = UINT32_MAX, .other = whole};
}

uint64_t AliasTable::Draw(Random& random) const {
  const uint64_t number = random.Next();
  const uint64_t index = ((number >> 32) * cells_.size()) >> 32;
  const Cell& cell = cells_[index];
  return static_cast<uint32_t>(number) < cell.threshold ? index : cell.other;
}

}  // namespace daybook::bench
