#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "storage/new_event.h"

namespace daybook::storage::sqlite {

// Where the requests of the idempotency window were recorded. Holds a digest
// and a seq each; the row itself settles what the digest suggests.
//
// Thread-compatible.
class RequestIndex {
 public:
  void Add(const RequestKey& key, Seq seq, Micros created_at);

  std::optional<Seq> Find(const RequestKey& key) const;

  // Forgets the requests recorded before `time`.
  void ForgetBefore(Micros time);

 private:
  struct Remembered {
    RequestKey key;
    Seq seq;
    Micros created_at;
  };

  absl::flat_hash_map<RequestKey, Seq> seqs_;
  std::deque<Remembered> oldest_first_;
};

}  // namespace daybook::storage::sqlite
