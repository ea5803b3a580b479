#include <cstdlib>
#include <string>
#include <vector>

#include "fuzz_target.h"
#include "ledger/compact_range.h"
#include "ledger/proof.h"
#include "support/naive_tree.h"

namespace {

using ::daybook::LogSize;
using ::daybook::Seq;
using ::daybook::ledger::Hash;
using ::daybook::ledger::TreeHead;

constexpr uint64_t kMost = 100;

// Numbers out of the input; 0 at its end.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  bool AtEnd() const { return size_ == 0; }
  uint64_t Below(uint64_t end) {
    if (AtEnd()) return 0;
    --size_;
    return *data_++ % end;
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

TreeHead HeadOf(const std::vector<Hash>& leaves, uint64_t size) {
  daybook::ledger::CompactRange range;
  for (uint64_t seq = 0; seq < size; ++seq) range.Add(leaves[seq]);
  return {.size = LogSize(size), .root = range.Root()};
}

void Bend(Input& input, std::vector<Hash>& proof) {
  while (!input.AtEnd()) {
    const uint64_t way = input.Below(4);
    if (way == 0) proof.push_back({});
    if (proof.empty()) continue;
    Hash& one = proof[input.Below(proof.size())];
    if (way == 1) proof.pop_back();
    if (way == 2) one[input.Below(one.size())] ^= static_cast<uint8_t>(1 + input.Below(255));
    if (way == 3) std::swap(one, proof[input.Below(proof.size())]);
  }
}

}  // namespace

// Only the right proof leads to the root.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<Hash> leaves = daybook::testing::NumberedLeaves(0, kMost);
  const auto read =
      [](std::span<const daybook::ledger::Node> nodes) -> absl::StatusOr<std::vector<Hash>> {
    return daybook::testing::NodesOver(leaves, nodes);
  };
  Input input(data, size);
  const uint64_t all = 1 + input.Below(kMost);
  const uint64_t seq = input.Below(all);
  const uint64_t claimed = input.Below(all + 1);
  const bool is_inclusion = input.Below(2) == 0;
  const TreeHead head = HeadOf(leaves, all);
  const auto right = is_inclusion
                         ? daybook::ledger::ProveInclusion(Seq(seq), head.size, read)
                         : daybook::ledger::ProveConsistency(LogSize(seq), head.size, read);
  std::vector<Hash> proof = *right;
  Bend(input, proof);
  const absl::Status verified =
      is_inclusion
          ? daybook::ledger::VerifyInclusion(leaves[seq], Seq(claimed), head.size, proof, head.root)
          : daybook::ledger::VerifyConsistency(
                {.size = LogSize(claimed), .root = HeadOf(leaves, seq).root}, head, proof);
  if (verified.ok() != (claimed == seq && proof == *right)) std::abort();
  return 0;
}
