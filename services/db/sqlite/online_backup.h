#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"

#include "db/sqlite/connection.h"

namespace daybook::db::sqlite {

struct OnlineBackup {
  // Hears of the pages copied, and of how many there are, after each step.
  std::function<void(uint64_t done, uint64_t all)> progress = {};
  // Once it is true, the copying ends with CANCELLED.
  const std::atomic<bool>* stop = nullptr;
};

// Copies the database of `held` into the new file `to`, while others use it:
// one plain file that needs no journal, on disk, for its owner's eyes only.
// `held` is inside a transaction, which has read or holds the write lock. The
// copy is what that transaction found, without what it has written itself; where
// it holds the write lock, a second connection does the copying.
//
// An error leaves no file.
//
// FAILED_PRECONDITION             `held` is inside no transaction
// ALREADY_EXISTS                  there is something at `to`
// RESOURCE_EXHAUSTED / STORE_FULL no space left
// CANCELLED / CANCELLED           `stop` said so
// otherwise as guard.h says
absl::Status BackUpOnline(Connection& held, const std::string& to,
                          const OnlineBackup& options = {});

}  // namespace daybook::db::sqlite
