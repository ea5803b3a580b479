#include "ledger/tree.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

namespace daybook::ledger {
namespace {

constexpr char kEntryPrefix = '\x00';
constexpr char kNodePrefix = '\x01';

// How many leaves the largest complete subtree has that begins with `begin` and
// ends no later than `end`.
uint64_t WidthAt(uint64_t begin, uint64_t end) {
  const uint64_t room = std::bit_floor(end - begin);
  const uint64_t lowest_bit = begin & (~begin + 1);
  return begin == 0 ? room : std::min(room, lowest_bit);
}

}  // namespace

Hash LeafHash(absl::string_view leaf_bytes) {
  std::string message(1, kEntryPrefix);
  message.append(leaf_bytes.data(), leaf_bytes.size());
  return Sha256(message);
}

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<char, 1 + 2 * sizeof(Hash)> message;
  message[0] = kNodePrefix;
  std::copy(right.begin(), right.end(),
            std::copy(left.begin(), left.end(), std::next(message.begin())));
  return Sha256(absl::string_view(message.data(), message.size()));
}

Hash EmptyRoot() { return Sha256(""); }

std::vector<Node> Cover(uint64_t begin, uint64_t end) {
  std::vector<Node> nodes;
  while (begin < end) {
    const uint64_t width = WidthAt(begin, end);
    nodes.push_back(
        {.height = static_cast<uint32_t>(std::countr_zero(width)), .index = begin / width});
    begin += width;
  }
  return nodes;
}

Hash Join(std::span<const Hash> subtrees) {
  if (subtrees.empty()) return EmptyRoot();
  Hash hash = subtrees.back();
  for (size_t i = subtrees.size() - 1; i-- > 0;) hash = NodeHash(subtrees[i], hash);
  return hash;
}

}  // namespace daybook::ledger
