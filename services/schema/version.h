#pragma once

#include <string>
#include <vector>

namespace daybook::schema {

// A migration of the store, as the contract's SchemaVersion enumerates it.
struct StoreMigration {
  int version = 0;
  std::string name;
  int suits_from = 0;  // the oldest service schema version that can serve the result
};

// All of them, in order: versions 1, 2, 3 …
std::vector<StoreMigration> StoreMigrations();

// The schema version this build was made for: the newest it knows.
int NewestVersion();

// The oldest store that this build can serve.
inline constexpr int kOldestServedVersion = 2;

// The versions of stores that this build can serve: "1 to 3".
std::string ServedVersions();

// What a store says about itself: its version, and the oldest service schema
// version that can serve it.
struct StoredVersion {
  int version = 0;
  int suits_from = 0;
};

enum class Fit {
  kServes,       // this build can serve the store
  kStoreTooOld,  // the store must be migrated
  kStoreTooNew,  // the store needs a newer build
};

// Whether this build can serve a store. A store newer than the build decides
// itself, so that an old pod may go on while new ones roll out.
Fit FitOf(const StoredVersion& stored);

}  // namespace daybook::schema
