#include "ledger/proof.h"

#include <random>

#include <gmock/gmock.h>

#include "support/naive_tree.h"
#include "support/status_matchers.h"

namespace daybook::ledger {
namespace {

using ::daybook::testing::NaiveRoot;
using ::daybook::testing::NodesOver;
using ::daybook::testing::NumberedLeaves;

using ::daybook::testing::HasCode;
using ::daybook::testing::IsOk;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const auto kProofRefused = HasCode(absl::StatusCode::kInvalidArgument);
const auto kOutOfRange = HasCode(absl::StatusCode::kOutOfRange);

// A tree in memory, and the proofs that are made of it.
class Tree {
 public:
  explicit Tree(uint64_t size) : leaves_(NumberedLeaves(0, size)) {}

  const Hash& leaf(uint64_t seq) const { return leaves_[seq]; }
  TreeHead Head(uint64_t size) const {
    return {.size = LogSize(size), .root = NaiveRoot(std::span(leaves_).first(size))};
  }
  std::vector<Hash> Inclusion(uint64_t seq, uint64_t size) const {
    return ProveInclusion(Seq(seq), LogSize(size), Reader()).value();
  }
  std::vector<Hash> Consistency(uint64_t from, uint64_t to) const {
    return ProveConsistency(LogSize(from), LogSize(to), Reader()).value();
  }
  absl::Status Verify(uint64_t seq, uint64_t size, std::span<const Hash> proof) const {
    return VerifyInclusion(leaf(seq), Seq(seq), LogSize(size), proof, Head(size).root);
  }

 private:
  std::function<absl::StatusOr<std::vector<Hash>>(std::span<const Node>)> Reader() const {
    return [this](std::span<const Node> nodes) { return NodesOver(leaves_, nodes); };
  }

  const std::vector<Hash> leaves_;
};

// RFC 6962, 2.1.3: the tree of seven leaves, by the letters that it has there.
TEST(Proof, IsTheOneOfTheRfcsExample) {
  const std::vector<Hash> leaf = NumberedLeaves(0, 7);
  const Tree tree(7);
  const Hash g = NodeHash(leaf[0], leaf[1]);
  const Hash h = NodeHash(leaf[2], leaf[3]);
  const Hash i = NodeHash(leaf[4], leaf[5]);
  const Hash k = NodeHash(g, h);
  const Hash l = NodeHash(i, leaf[6]);

  EXPECT_THAT(tree.Inclusion(0, 7), ::testing::ElementsAre(leaf[1], h, l));
  EXPECT_THAT(tree.Inclusion(3, 7), ::testing::ElementsAre(leaf[2], g, l));
  EXPECT_THAT(tree.Inclusion(4, 7), ::testing::ElementsAre(leaf[5], leaf[6], k));
  EXPECT_THAT(tree.Inclusion(6, 7), ::testing::ElementsAre(i, k));
  EXPECT_THAT(tree.Consistency(3, 7), ::testing::ElementsAre(leaf[2], leaf[3], g, l));
  EXPECT_THAT(tree.Consistency(4, 7), ::testing::ElementsAre(l));
  EXPECT_THAT(tree.Consistency(6, 7), ::testing::ElementsAre(i, leaf[6], k));
}

TEST(Proof, EveryOneOfSmallTreesVerifies) {
  constexpr uint64_t kMost = 17;
  const Tree tree(kMost);
  for (uint64_t size = 1; size <= kMost; ++size) {
    for (uint64_t seq = 0; seq < size; ++seq) {
      EXPECT_THAT(tree.Verify(seq, size, tree.Inclusion(seq, size)), IsOk()) << seq << " " << size;
    }
    for (uint64_t from = 0; from <= size; ++from) {
      EXPECT_THAT(VerifyConsistency(tree.Head(from), tree.Head(size), tree.Consistency(from, size)),
                  IsOk())
          << from << " " << size;
    }
  }
}

TEST(Proof, OfRandomSizesVerifiesAndNoOther) {
  std::mt19937_64 random(20251121);
  const Tree tree(2100);
  for (int round = 0; round < 200; ++round) {
    const uint64_t size = 2 + random() % 2098;
    const uint64_t seq = random() % size;
    std::vector<Hash> proof = tree.Inclusion(seq, size);
    ASSERT_THAT(tree.Verify(seq, size, proof), IsOk());
    const Hash root = tree.Head(size).root;
    const uint64_t other = (seq + 1) % size;
    EXPECT_THAT(VerifyInclusion(tree.leaf(other), Seq(seq), LogSize(size), proof, root),
                kProofRefused);
    EXPECT_THAT(VerifyInclusion(tree.leaf(seq), Seq(other), LogSize(size), proof, root),
                kProofRefused);
    EXPECT_THAT(VerifyInclusion(tree.leaf(seq), Seq(size), LogSize(size), proof, root),
                kProofRefused);
    proof[random() % proof.size()][random() % sizeof(Hash)] ^= 1;
    EXPECT_THAT(tree.Verify(seq, size, proof), kProofRefused);

    const uint64_t from = 1 + random() % (size - 1);
    std::vector<Hash> path = tree.Consistency(from, size);
    const TreeHead head = tree.Head(size);
    ASSERT_THAT(VerifyConsistency(tree.Head(from), head, path), IsOk());
    EXPECT_THAT(VerifyConsistency(head, tree.Head(from), path), kProofRefused);
    TreeHead forged = tree.Head(from);
    forged.root[0] ^= 1;
    EXPECT_THAT(VerifyConsistency(forged, head, path), kProofRefused);
    path[random() % path.size()][random() % sizeof(Hash)] ^= 1;
    EXPECT_THAT(VerifyConsistency(tree.Head(from), head, path), kProofRefused);
  }
}

TEST(Proof, TooLongAndTooShortIsNone) {
  const Tree tree(13);
  for (uint64_t seq = 0; seq < 13; ++seq) {
    std::vector<Hash> proof = tree.Inclusion(seq, 13);
    proof.push_back(proof.back());
    EXPECT_THAT(tree.Verify(seq, 13, proof), kProofRefused);
    proof.resize(proof.size() - 2);
    EXPECT_THAT(tree.Verify(seq, 13, proof), kProofRefused);
  }
  for (uint64_t from = 1; from < 13; ++from) {
    std::vector<Hash> path = tree.Consistency(from, 13);
    path.push_back(path.back());
    EXPECT_THAT(VerifyConsistency(tree.Head(from), tree.Head(13), path), kProofRefused);
    path.resize(path.size() - 2);
    EXPECT_THAT(VerifyConsistency(tree.Head(from), tree.Head(13), path), kProofRefused);
  }
}

// Each leads to the root that it is asked for, by hashes that are all there.
TEST(Proof, ThatIsOneOfATreeOfAnotherSizeIsNone) {
  const Tree tree(4);
  const std::vector<Hash> leaf = NumberedLeaves(0, 4);
  const Hash left = NodeHash(leaf[0], leaf[1]);
  const Hash right = NodeHash(leaf[2], leaf[3]);
  const Hash root = tree.Head(4).root;

  EXPECT_THAT(VerifyInclusion(leaf[0], Seq(0), LogSize(2), tree.Inclusion(0, 4), root),
              kProofRefused);
  EXPECT_THAT(VerifyInclusion(leaf[3], Seq(1), LogSize(2), tree.Inclusion(3, 4), root),
              kProofRefused);
  EXPECT_THAT(VerifyInclusion(leaf[0], Seq(4), LogSize(4), tree.Inclusion(0, 4), root),
              kProofRefused);
  EXPECT_THAT(VerifyInclusion(left, Seq(0), LogSize(4), {&right, 1}, root), kProofRefused);
  EXPECT_THAT(VerifyInclusion(root, Seq(0), LogSize(4), {}, root), kProofRefused);
  EXPECT_THAT(VerifyConsistency({.size = LogSize(1), .root = left}, tree.Head(4), {&right, 1}),
              kProofRefused);
  EXPECT_THAT(VerifyConsistency({.size = LogSize(1), .root = leaf[0]},
                                {.size = LogSize(2), .root = root}, tree.Consistency(1, 4)),
              kProofRefused);
}

TEST(Proof, OfNothingIsEmptyAndBindsAllTheSame) {
  const Tree tree(9);

  EXPECT_THAT(tree.Inclusion(0, 1), IsEmpty());
  EXPECT_THAT(tree.Consistency(0, 9), IsEmpty());
  EXPECT_THAT(tree.Consistency(9, 9), IsEmpty());
  EXPECT_THAT(tree.Consistency(8, 9), SizeIs(1));
  TreeHead empty = tree.Head(0);
  EXPECT_THAT(VerifyConsistency(empty, tree.Head(9), {}), IsOk());
  EXPECT_THAT(VerifyConsistency(empty, empty, {}), IsOk());
  empty.root[0] ^= 1;
  EXPECT_THAT(VerifyConsistency(empty, tree.Head(9), {}), kProofRefused);
  EXPECT_THAT(VerifyConsistency(tree.Head(9), tree.Head(9), {}), IsOk());
  EXPECT_THAT(VerifyConsistency({.size = LogSize(9), .root = tree.Head(8).root}, tree.Head(9), {}),
              kProofRefused);
  EXPECT_THAT(VerifyConsistency(tree.Head(4), tree.Head(9), {}), kProofRefused);
}

TEST(Proof, OfWhatTheTreeDoesNotHoldIsRefused) {
  const auto none = [](std::span<const Node> nodes) -> absl::StatusOr<std::vector<Hash>> {
    return std::vector<Hash>(nodes.size());
  };

  EXPECT_THAT(ProveInclusion(Seq(5), LogSize(5), none).status(), kOutOfRange);
  EXPECT_THAT(ProveInclusion(Seq(0), LogSize(0), none).status(), kOutOfRange);
  EXPECT_THAT(ProveConsistency(LogSize(6), LogSize(5), none).status(), kOutOfRange);
}

TEST(Proof, FailsAsItsReaderFails) {
  const auto broken = [](std::span<const Node>) -> absl::StatusOr<std::vector<Hash>> {
    return absl::DataLossError("a tile is gone");
  };

  EXPECT_THAT(ProveInclusion(Seq(1), LogSize(5), broken).status(),
              HasCode(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ProveConsistency(LogSize(2), LogSize(5), broken).status(),
              HasCode(absl::StatusCode::kDataLoss));
}

TEST(Proof, OfALeafTellsWhatTheLeavesBeforeItHashTo) {
  constexpr uint64_t kMost = 40;
  const std::vector<Hash> leaves = NumberedLeaves(0, kMost);
  const Tree tree(kMost);

  for (uint64_t size = 1; size <= kMost; ++size) {
    for (uint64_t seq = 0; seq < size; ++seq) {
      const std::vector<Hash> before =
          HashesBefore(Seq(seq), LogSize(size), tree.Inclusion(seq, size));

      EXPECT_EQ(before, NodesOver(leaves, Cover(0, seq))) << seq << " of " << size;
    }
  }
  EXPECT_THAT(HashesBefore(Seq(7), LogSize(7), {}), IsEmpty());
}

}  // namespace
}  // namespace daybook::ledger
