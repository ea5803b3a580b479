#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>

#include "core/clock.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::backup {

// Which database it is about, where its backups lie, and who asks: what all work
// on backups has in common.
//
// Nothing here opens the database's file beside SQLite, whose locks would go
// with it: POSIX takes all of a process's locks on a file once any of its
// descriptors is closed.
struct BackupJob {
  std::string database;       // the path of its file
  std::string folder = {};    // of the backups; that of the database where empty
  std::string key_file = {};  // what encrypts and decrypts them; empty is neither
  std::string run_id;
  std::string build;  // of this program
  const Clock& clock;
  sqlite::Observer& observer;
  // Once it is true, the work ends with CANCELLED and leaves nothing half done.
  const std::atomic<bool>* stop = nullptr;
  // Hears of the pages copied, and of how many there are.
  std::function<void(uint64_t done, uint64_t all)> progress = {};
};

}  // namespace daybook::migrator::backup
