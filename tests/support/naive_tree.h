#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ledger/tree.h"

namespace daybook::testing {

// As RFC 6962 defines it, and nothing like how the ledger computes it.
// NOLINTNEXTLINE(misc-no-recursion): so it is defined
inline ledger::Hash NaiveRoot(std::span<const ledger::Hash> leaves) {
  if (leaves.empty()) return ledger::Sha256("");
  if (leaves.size() == 1) return leaves.front();
  size_t left = 1;
  while (left * 2 < leaves.size()) left *= 2;
  return ledger::NodeHash(NaiveRoot(leaves.first(left)), NaiveRoot(leaves.subspan(left)));
}

// The leaves from `begin` up to `end` of a tree whose leaf n is the number n.
inline std::vector<ledger::Hash> NumberedLeaves(uint64_t begin, uint64_t end) {
  std::vector<ledger::Hash> leaves;
  for (uint64_t number = begin; number < end; ++number) {
    leaves.push_back(ledger::LeafHash(std::to_string(number)));
  }
  return leaves;
}

// The hashes of complete subtrees over these leaves.
inline std::vector<ledger::Hash> NodesOver(std::span<const ledger::Hash> leaves,
                                           std::span<const ledger::Node> nodes) {
  std::vector<ledger::Hash> hashes;
  for (const ledger::Node& node : nodes) {
    const uint64_t width = uint64_t{1} << node.height;
    hashes.push_back(NaiveRoot(leaves.subspan(node.index * width, width)));
  }
  return hashes;
}

}  // namespace daybook::testing
