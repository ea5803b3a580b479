#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "storage/manifest_store.h"

namespace daybook::contract {

// How to get the manifest store of one engine.
struct ManifestEngine {
  std::string name;
  // Of a log that has summed up nothing.
  std::function<std::shared_ptr<storage::ManifestStore>()> open;

  friend void PrintTo(const ManifestEngine& engine, std::ostream* out) { *out << engine.name; }
};

// What every ManifestStore promises.
class ManifestStoreContract : public ::testing::TestWithParam<ManifestEngine> {
 protected:
  std::shared_ptr<storage::ManifestStore> manifests_ = GetParam().open();
};

}  // namespace daybook::contract
