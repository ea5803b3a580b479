#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

#include "db/sqlite/store_layout.h"
#include "schema/version.h"

namespace daybook::db::sqlite {

// What ledger.db says about its store.
struct StoreHeader {
  schema::StoredVersion version;
  std::string origin;           // the log's name in its checkpoints
  std::string token_key;        // authenticates page tokens
  uint64_t segment_events = 0;  // how many events a segment takes
};

// NOT_FOUND where there is no store: no folder, or no ledger.db in it.
// DATA_LOSS where ledger.db lacks what every store has.
absl::StatusOr<StoreHeader> ReadStoreHeader(const StoreLayout& layout);

// Only the version, which any build can read of any store.
absl::StatusOr<schema::StoredVersion> ReadStoredVersion(const StoreLayout& layout);

}  // namespace daybook::db::sqlite
