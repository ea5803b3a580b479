#include "storage/sqlite/request_index.h"

namespace daybook::storage::sqlite {

void RequestIndex::Add(const RequestKey& key, Seq seq, Micros created_at) {
  seqs_.insert_or_assign(key, seq);
  oldest_first_.push_back({.key = key, .seq = seq, .created_at = created_at});
}

std::optional<Seq> RequestIndex::Find(const RequestKey& key) const {
  const auto found = seqs_.find(key);
  if (found == seqs_.end()) return std::nullopt;
  return found->second;
}

void RequestIndex::ForgetBefore(Micros time) {
  while (!oldest_first_.empty() && oldest_first_.front().created_at < time) {
    const auto found = seqs_.find(oldest_first_.front().key);
    // The same id may have been recorded anew since.
    if (found != seqs_.end() && found->second == oldest_first_.front().seq) seqs_.erase(found);
    oldest_first_.pop_front();
  }
}

}  // namespace daybook::storage::sqlite
