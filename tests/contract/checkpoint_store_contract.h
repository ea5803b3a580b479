#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "storage/checkpoint_store.h"

namespace daybook::contract {

// How to get the checkpoint store of one engine.
struct CheckpointEngine {
  std::string name;
  // Of a store without checkpoints.
  std::function<std::shared_ptr<storage::CheckpointStore>()> open;

  friend void PrintTo(const CheckpointEngine& engine, std::ostream* out) { *out << engine.name; }
};

// What every CheckpointStore promises.
class CheckpointStoreContract : public ::testing::TestWithParam<CheckpointEngine> {
 protected:
  std::shared_ptr<storage::CheckpointStore> store_ = GetParam().open();
};

}  // namespace daybook::contract
