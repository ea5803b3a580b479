#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "ledger/hash.h"
#include "ledger/tile_edge.h"
#include "storage/erasure.h"

namespace daybook::storage {

// The event that says what was dropped.
inline constexpr char kPrunedAction[] = "ledger.pruned";

// Whether the leaf of an event of the service remains when the event is dropped. What an
// erasure was of is gone too.
inline bool OutlastsPruning(absl::string_view action) {
  return IsProtected(action) && action != kErasedAction;
}

// What outlasts the events that are dropped, so that old checkpoints can still be
// proven, and what the service said of the log itself.
struct Remains {
  struct Leaf {
    Seq seq{0};
    std::string bytes;
  };
  std::vector<ledger::Tile> tiles = {};
  std::vector<Leaf> leaves = {};
};

// Where a log begins, and what remains of what was before. Errors as of EventStore.
//
// Thread-safe.
class RetentionStore {
 public:
  virtual ~RetentionStore() = default;

  // Events below are dropped, or about to be.
  virtual absl::StatusOr<Seq> Begin() = 0;

  // Lets the log begin at `begin`, which is not below Begin(). On OK that is decided,
  // and what remains is on disk. What is kept already is passed over.
  //
  // RESOURCE_EXHAUSTED / STORE_FULL  no space left; works again once there is
  virtual absl::Status MoveBegin(Seq begin, const Remains& remains) = 0;

  // Nothing where it is not among what remains.
  virtual absl::StatusOr<std::optional<std::vector<ledger::Hash>>> KeptTile(uint32_t level,
                                                                            uint64_t number) = 0;
  virtual absl::StatusOr<std::optional<std::string>> KeptLeaf(Seq seq) = 0;
};

}  // namespace daybook::storage
