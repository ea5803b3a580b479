#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "absl/strings/string_view.h"

#include "ledger/hash.h"

namespace daybook::ledger {

// The Merkle tree of RFC 6962, over leaf hashes.

// The hash of the leaf with these bytes.
Hash LeafHash(absl::string_view leaf_bytes);

// The hash of a node with two children.
Hash NodeHash(const Hash& left, const Hash& right);

// The root of a tree without leaves.
Hash EmptyRoot();

// A complete subtree: the 2^height leaves from leaf index * 2^height on.
struct Node {
  uint32_t height = 0;
  uint64_t index = 0;

  friend bool operator==(const Node&, const Node&) = default;
};

// The fewest complete subtrees that cover the leaves from `begin` up to `end`,
// from the left.
std::vector<Node> Cover(uint64_t begin, uint64_t end);

// The hash of the subtree that these complete ones make, from the left, each
// higher than the next; of all of a tree the root.
Hash Join(std::span<const Hash> subtrees);

}  // namespace daybook::ledger
