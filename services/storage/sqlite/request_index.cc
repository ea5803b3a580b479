#include "storage/sqlite/request_index.h"

namespace daybook::storage::sqlite {

std::optional<Seq> RequestIndex::Find(const RequestKey& key) const {
  const auto found = seqs_.find(DigestOf(key));
  if (found == seqs_.end()) return std::nullopt;
  return Seq(found->second);
}

std::vector<RequestDigest> RequestIndex::Digests() const {
  std::vector<RequestDigest> digests;
  digests.reserve(seqs_.size());
  for (const auto& [digest, seq] : seqs_) digests.push_back(digest);
  return digests;
}

size_t RequestIndex::size_in_bytes() const {
  constexpr size_t kControlByte = 1;  // beside each slot
  return seqs_.capacity() * (sizeof(decltype(seqs_)::value_type) + kControlByte);
}

}  // namespace daybook::storage::sqlite
