#include "storage/sqlite/upper_tree.h"

#include "core/status_macros.h"

namespace daybook::storage::sqlite {

using ::daybook::ledger::Hash;
using ::daybook::ledger::Node;

UpperTree::UpperTree(const std::vector<Hash>& kept) : rows_(1) {
  const MutexLock lock(mutex_);
  for (const Hash& subtree : kept) Add(subtree);
}

void UpperTree::Add(const Hash& subtree) {
  Hash hash = subtree;
  for (size_t row = 0;; ++row) {
    if (row == rows_.size()) rows_.emplace_back();
    rows_[row].push_back(hash);
    const size_t size = rows_[row].size();
    if (size % 2 != 0) return;
    hash = ledger::NodeHash(rows_[row][size - 2], rows_[row][size - 1]);
  }
}

absl::StatusOr<Hash> UpperTree::Get(const Node& node, ReadSubtree read) {
  const uint32_t above = node.height - kSubtreeHeight;
  const MutexLock lock(mutex_);
  while (rows_.size() <= above || rows_[above].size() <= node.index) {
    DAYBOOK_ASSIGN_OR_RETURN(const Hash subtree, read(rows_[0].size()));
    Add(subtree);
  }
  return rows_[above][node.index];
}

}  // namespace daybook::storage::sqlite
