#pragma once

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "ledger/hash.h"

namespace daybook::storage {

// What was counted of the first `size` events of a log.
struct Snapshot {
  LogSize size{0};
  ledger::Hash last_leaf{};  // of the last of them: another log has another one
  std::string content = {};

  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

// Keeps what can be counted again, and would take long. Errors as of EventStore.
//
// Thread-safe.
class SnapshotStore {
 public:
  virtual ~SnapshotStore() = default;

  // Makes it durable, in place of the one of that name before.
  //
  // RESOURCE_EXHAUSTED / STORE_FULL  no space left; works again once there is
  virtual absl::Status SaveSnapshot(const std::string& name, const Snapshot& snapshot) = 0;

  // Nothing where there is none.
  virtual absl::StatusOr<std::optional<Snapshot>> LoadSnapshot(const std::string& name) = 0;
};

}  // namespace daybook::storage
