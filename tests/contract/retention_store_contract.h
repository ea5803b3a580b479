#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "storage/retention_store.h"

namespace daybook::contract {

// How to get the retention store of one engine.
struct RetentionEngine {
  std::string name;
  // Of a log that has dropped nothing.
  std::function<std::shared_ptr<storage::RetentionStore>()> open;

  friend void PrintTo(const RetentionEngine& engine, std::ostream* out) { *out << engine.name; }
};

// What every RetentionStore promises.
class RetentionStoreContract : public ::testing::TestWithParam<RetentionEngine> {
 protected:
  std::shared_ptr<storage::RetentionStore> retention_ = GetParam().open();
};

}  // namespace daybook::contract
