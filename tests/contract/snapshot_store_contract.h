#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "storage/snapshot_store.h"

namespace daybook::contract {

// How to get the snapshot store of one engine.
struct SnapshotEngine {
  std::string name;
  // Of a log that has kept none.
  std::function<std::shared_ptr<storage::SnapshotStore>()> open;

  friend void PrintTo(const SnapshotEngine& engine, std::ostream* out) { *out << engine.name; }
};

// What every SnapshotStore promises.
class SnapshotStoreContract : public ::testing::TestWithParam<SnapshotEngine> {
 protected:
  std::shared_ptr<storage::SnapshotStore> snapshots_ = GetParam().open();
};

}  // namespace daybook::contract
