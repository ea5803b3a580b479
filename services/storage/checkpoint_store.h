#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "ledger/hash.h"

namespace daybook::storage {

// A signed tree head that is kept.
struct StoredCheckpoint {
  LogSize size{0};
  Micros signed_at = 0;
  std::string note = {};  // byte for byte

  friend bool operator==(const StoredCheckpoint&, const StoredCheckpoint&) = default;
};

// The height of the subtrees whose hashes are kept beside the checkpoints: so a
// proof in a large log reads few tiles, and none that retention has dropped.
inline constexpr uint32_t kSubtreeHeight = 16;

// What a witness has said of a checkpoint that is kept.
struct StoredCosignature {
  std::string witness = {};  // the name and id of its key
  uint64_t cosigned_at = 0;  // seconds since 1970, as the witness says
  std::string line = {};     // of a note, with its newline

  friend bool operator==(const StoredCosignature&, const StoredCosignature&) = default;
};

// What is written down with a checkpoint, of the tree that it signs.
struct TreeGrowth {
  // Complete subtrees of kSubtreeHeight that are not kept yet, from number
  // `first_subtree` on: all that the tree has.
  uint64_t first_subtree = 0;
  std::vector<ledger::Hash> subtrees = {};
  // The leaves behind its last complete tile.
  std::vector<ledger::Hash> edge = {};
};

// How long all checkpoints are kept; of older days the last one is, and each that
// was cosigned.
inline constexpr Micros kAllCheckpointsKept = Micros{24} * 3600 * 1'000'000;

// Durable home of what the log has signed. Every engine passes the contract suite
// in tests/contract. Errors as of EventStore.
//
// Thread-safe.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  // Makes a checkpoint durable, larger than all that are kept, all or nothing.
  //
  // RESOURCE_EXHAUSTED / STORE_FULL  no space left; works again once there is
  virtual absl::Status Add(const StoredCheckpoint& checkpoint, const TreeGrowth& growth) = 0;

  // The largest; nothing where there is none.
  virtual absl::StatusOr<std::optional<StoredCheckpoint>> Newest() = 0;

  // The one of this size; nothing where it is not kept.
  virtual absl::StatusOr<std::optional<StoredCheckpoint>> OfSize(LogSize size) = 0;

  // Keeps what witnesses said of the checkpoint of this size, all or nothing; of each
  // witness what it said last. From then on the checkpoint stays.
  //
  // NOT_FOUND                        none of this size is kept
  // RESOURCE_EXHAUSTED / STORE_FULL  as of Add
  virtual absl::Status AddCosignatures(LogSize size,
                                       std::span<const StoredCosignature> cosignatures) = 0;

  // Those of the checkpoint of this size, by witness.
  virtual absl::StatusOr<std::vector<StoredCosignature>> CosignaturesOf(LogSize size) = 0;

  // The largest checkpoint that this witness has cosigned; nothing where there is
  // none.
  virtual absl::StatusOr<std::optional<LogSize>> NewestCosignedBy(const std::string& witness) = 0;

  // Of all that are kept, ascending.
  virtual absl::StatusOr<std::vector<LogSize>> Sizes() = 0;

  // All subtrees that the newest checkpoint covers, and those of dropped events, from
  // number 0 on. DATA_LOSS where one is missing.
  virtual absl::StatusOr<std::vector<ledger::Hash>> Subtrees() = 0;
};

}  // namespace daybook::storage
