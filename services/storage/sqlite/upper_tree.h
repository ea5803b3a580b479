#pragma once

#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "core/mutex.h"
#include "ledger/hash.h"
#include "ledger/tree.h"
#include "storage/checkpoint_store.h"

namespace daybook::storage::sqlite {

// The subtrees of kSubtreeHeight and higher, which span tiles: in memory, 64 bytes
// for each 2^16 events.
//
// Thread-safe.
class UpperTree {
 public:
  // Those of kSubtreeHeight that are kept, from number 0 on.
  explicit UpperTree(const std::vector<ledger::Hash>& kept);

  // Gives the hash of a complete subtree of kSubtreeHeight.
  using ReadSubtree = absl::FunctionRef<absl::StatusOr<ledger::Hash>(uint64_t number)>;

  // The hash of a complete subtree of at least kSubtreeHeight. What it does not
  // hold yet it asks `read` for, once.
  absl::StatusOr<ledger::Hash> Get(const ledger::Node& node, ReadSubtree read);

 private:
  void Add(const ledger::Hash& subtree) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  // By height above kSubtreeHeight, then by index.
  std::vector<std::vector<ledger::Hash>> rows_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::storage::sqlite
