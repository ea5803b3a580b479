#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"

#include "core/ids.h"
#include "storage/new_event.h"

namespace daybook::storage::sqlite {

// What stands for a request in a file or in memory; the row settles what it
// suggests.
using RequestDigest = uint64_t;

inline RequestDigest DigestOf(const RequestKey& key) { return absl::Uint128Low64(key); }

// Where the requests of a segment without indexes were recorded.
//
// Thread-compatible.
class RequestIndex {
 public:
  // Of several events the last one added is found.
  void Add(const RequestKey& key, Seq seq) { seqs_.insert_or_assign(DigestOf(key), seq.value()); }

  std::optional<Seq> Find(const RequestKey& key) const;

  std::vector<RequestDigest> Digests() const;

  // About how much memory it takes.
  size_t size_in_bytes() const;

 private:
  absl::flat_hash_map<RequestDigest, uint64_t> seqs_;
};

}  // namespace daybook::storage::sqlite
