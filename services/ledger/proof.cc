#include "ledger/proof.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::ledger {
namespace {

// The leaves from `begin` up to `end`: a subtree that RFC 6962 splits a tree into,
// complete but at the right edge.
struct Range {
  uint64_t begin = 0;
  uint64_t end = 0;

  uint64_t size() const { return end - begin; }
  // Where it splits: behind the largest power of two of leaves that is not all.
  uint64_t middle() const { return begin + std::bit_floor(size() - 1); }
};

// The siblings on the way from a leaf up to the root.
std::vector<Range> PathOf(uint64_t leaf, uint64_t size) {
  std::vector<Range> path;
  Range range{.begin = 0, .end = size};
  while (range.size() > 1) {
    const uint64_t middle = range.middle();
    const Range left{.begin = range.begin, .end = middle};
    const Range right{.begin = middle, .end = range.end};
    path.push_back(leaf < middle ? right : left);
    range = leaf < middle ? left : right;
  }
  std::reverse(path.begin(), path.end());
  return path;
}

// The subtrees that a tree of `to` leaves is made of, so that those of the first
// `from` of them can be told apart.
std::vector<Range> PathBetween(uint64_t from, uint64_t to) {
  std::vector<Range> path;
  Range range{.begin = 0, .end = to};
  while (from != range.end) {
    const uint64_t middle = range.middle();
    const Range left{.begin = range.begin, .end = middle};
    const Range right{.begin = middle, .end = range.end};
    path.push_back(from <= middle ? right : left);
    range = from <= middle ? left : right;
  }
  // All of the older tree need not be told: the verifier knows it.
  if (range.begin != 0) path.push_back(range);
  std::reverse(path.begin(), path.end());
  return path;
}

absl::StatusOr<std::vector<Hash>> HashesOf(const std::vector<Range>& ranges, ReadNodes read) {
  std::vector<Node> nodes;
  std::vector<size_t> counts;
  for (const Range& range : ranges) {
    const std::vector<Node> cover = Cover(range.begin, range.end);
    nodes.insert(nodes.end(), cover.begin(), cover.end());
    counts.push_back(cover.size());
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> hashes, read(nodes));
  if (hashes.size() != nodes.size()) return absl::InternalError("hashes are missing");
  std::vector<Hash> proof;
  std::span<const Hash> rest(hashes);
  for (const size_t count : counts) {
    proof.push_back(Join(rest.first(count)));
    rest = rest.subspan(count);
  }
  return proof;
}

absl::Status WrongProofError() {
  return absl::InvalidArgumentError("the proof does not lead to the root");
}

// The way from a place in a tree up to its root.
class Way {
 public:
  // From the leaf at `place`; the last one is at `last`.
  Way(uint64_t place, uint64_t last) : place_(place), last_(last) {}

  // Goes up while what is below is the right half of a complete subtree.
  void SkipCompleted() {
    while ((place_ & 1) != 0) Up();
  }

  // Takes the hashes of a proof, each with whether it stands on the left; true
  // where they are as many as lead to the root.
  bool Follow(std::span<const Hash> proof,
              absl::FunctionRef<void(const Hash& sibling, bool is_left)> take) {
    for (const Hash& sibling : proof) {
      if (last_ == 0) return false;
      const bool is_left = (place_ & 1) != 0 || place_ == last_;
      take(sibling, is_left);
      if (is_left) SkipUncompleted();
      Up();
    }
    return last_ == 0;
  }

 private:
  // Goes up past those above that have no right child.
  void SkipUncompleted() {
    while ((place_ & 1) == 0 && place_ != 0) Up();
  }
  void Up() {
    place_ >>= 1;
    last_ >>= 1;
  }

  uint64_t place_;
  uint64_t last_;
};

Hash Parent(const Hash& child, const Hash& sibling, bool is_left) {
  return is_left ? NodeHash(sibling, child) : NodeHash(child, sibling);
}

}  // namespace

absl::StatusOr<std::vector<Hash>> ProveInclusion(Seq seq, LogSize size, ReadNodes read) {
  if (!size.Contains(seq)) {
    return absl::OutOfRangeError(
        absl::StrCat("a tree of ", size.value(), " leaves has no leaf ", seq.value()));
  }
  return HashesOf(PathOf(seq.value(), size.value()), read);
}

absl::StatusOr<std::vector<Hash>> ProveConsistency(LogSize from, LogSize to, ReadNodes read) {
  if (from > to) {
    return absl::OutOfRangeError(absl::StrCat("a tree of ", to.value(),
                                              " leaves does not begin with one of ", from.value()));
  }
  if (from == LogSize(0)) return std::vector<Hash>();
  return HashesOf(PathBetween(from.value(), to.value()), read);
}

absl::Status VerifyInclusion(const Hash& leaf, Seq seq, LogSize size, std::span<const Hash> proof,
                             const Hash& root) {
  if (!size.Contains(seq)) return WrongProofError();
  Hash hash = leaf;
  Way way(seq.value(), size.value() - 1);
  const bool is_at_root = way.Follow(
      proof, [&](const Hash& sibling, bool is_left) { hash = Parent(hash, sibling, is_left); });
  return is_at_root && hash == root ? absl::OkStatus() : WrongProofError();
}

std::vector<Hash> HashesBefore(Seq seq, LogSize size, std::span<const Hash> proof) {
  std::vector<Hash> hashes;
  if (!size.Contains(seq)) return hashes;
  Way way(seq.value(), size.value() - 1);
  way.Follow(proof, [&](const Hash& sibling, bool is_left) {
    if (is_left) hashes.push_back(sibling);
  });
  std::reverse(hashes.begin(), hashes.end());  // the way goes up, and the lowest stands last
  return hashes;
}

absl::Status VerifyConsistency(const TreeHead& from, const TreeHead& to,
                               std::span<const Hash> proof) {
  if (from.size > to.size) return WrongProofError();
  if (from.size == to.size || from.size == LogSize(0)) {
    const Hash root = from.size == to.size ? to.root : EmptyRoot();
    return proof.empty() && from.root == root ? absl::OkStatus() : WrongProofError();
  }
  if (proof.empty()) return WrongProofError();
  // A tree that is one complete subtree is where the way up begins.
  const bool begins_with_all = std::has_single_bit(from.size.value());
  Hash older = begins_with_all ? from.root : proof.front();
  Hash newer = older;
  Way way(from.size.value() - 1, to.size.value() - 1);
  way.SkipCompleted();
  const bool is_at_root =
      way.Follow(proof.subspan(begins_with_all ? 0 : 1), [&](const Hash& sibling, bool is_left) {
        if (is_left) older = Parent(older, sibling, is_left);
        newer = Parent(newer, sibling, is_left);
      });
  const bool leads = is_at_root && older == from.root && newer == to.root;
  return leads ? absl::OkStatus() : WrongProofError();
}

}  // namespace daybook::ledger
