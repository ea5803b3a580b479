#pragma once

#include <span>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "ledger/hash.h"
#include "ledger/tree.h"

namespace daybook::ledger {

// The proofs of RFC 6962: that a tree holds a leaf, and that one tree is the
// beginning of another. A proof is a list of hashes in the order of the RFC.

// Gives the hashes of complete subtrees, one for each node, in their order.
using ReadNodes = absl::FunctionRef<absl::StatusOr<std::vector<Hash>>(std::span<const Node>)>;

// That the tree of `size` leaves holds the one at `seq`. OUT_OF_RANGE where it has
// no such leaf; otherwise as `read`.
absl::StatusOr<std::vector<Hash>> ProveInclusion(Seq seq, LogSize size, ReadNodes read);

// That the tree of `from` leaves is the beginning of the tree of `to` leaves; of a
// tree without leaves, and of all of it, the proof is empty. OUT_OF_RANGE where
// `from` is larger than `to`; otherwise as `read`.
absl::StatusOr<std::vector<Hash>> ProveConsistency(LogSize from, LogSize to, ReadNodes read);

// INVALID_ARGUMENT where the proof does not lead from the leaf to the root.
absl::Status VerifyInclusion(const Hash& leaf, Seq seq, LogSize size, std::span<const Hash> proof,
                             const Hash& root);

// What such a proof, once it is verified, says of the leaves before the one at `seq`:
// the hashes of Cover(0, seq).
std::vector<Hash> HashesBefore(Seq seq, LogSize size, std::span<const Hash> proof);

// A tree as a checkpoint tells of it.
struct TreeHead {
  LogSize size{0};
  Hash root = {};

  friend bool operator==(const TreeHead&, const TreeHead&) = default;
};

// INVALID_ARGUMENT where the proof does not lead from one tree to the other.
absl::Status VerifyConsistency(const TreeHead& from, const TreeHead& to,
                               std::span<const Hash> proof);

}  // namespace daybook::ledger
