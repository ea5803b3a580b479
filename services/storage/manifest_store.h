#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"

namespace daybook::storage {

// What is kept of the event that sums up a span.
struct StoredManifest {
  uint64_t span = 0;   // its number
  Seq seq{0};          // of the event
  std::string counts;  // the table that the event has the digest of

  friend bool operator==(const StoredManifest&, const StoredManifest&) = default;
};

// Keeps the count tables of the spans that the log has summed up. Errors as of
// EventStore.
//
// Thread-safe.
class ManifestStore {
 public:
  virtual ~ManifestStore() = default;

  // Makes it durable. The spans come in their order, from 0 on, each once; else
  // ALREADY_EXISTS.
  //
  // RESOURCE_EXHAUSTED / STORE_FULL  no space left; works again once there is
  virtual absl::Status AddManifest(const StoredManifest& manifest) = 0;

  // How many spans there are.
  virtual absl::StatusOr<uint64_t> CountManifests() = 0;

  // Nothing where that span is not summed up yet.
  virtual absl::StatusOr<std::optional<StoredManifest>> GetManifest(uint64_t span) = 0;
};

}  // namespace daybook::storage
