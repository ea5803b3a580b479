#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "storage/erasure_journal.h"

namespace daybook::contract {

// How to get the erasure journal of one engine.
struct ErasureEngine {
  std::string name;
  // Of a store from which nothing was erased.
  std::function<std::shared_ptr<storage::ErasureJournal>()> open;

  friend void PrintTo(const ErasureEngine& engine, std::ostream* out) { *out << engine.name; }
};

// What every ErasureJournal promises.
class ErasureJournalContract : public ::testing::TestWithParam<ErasureEngine> {
 protected:
  std::shared_ptr<storage::ErasureJournal> journal_ = GetParam().open();
};

}  // namespace daybook::contract
