#pragma once

#include <cstdint>
#include <map>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/timestamp.h"
#include "db/sqlite/store_layout.h"
#include "storage/manifest.h"
#include "verify/file_schema.h"
#include "verify/findings.h"

namespace daybook::verify {

// What catalog.db says of a segment.
struct CatalogZone {
  uint64_t first_seq = 0;
  uint64_t last_seq = 0;
  Micros first_time = 0;
  Micros last_time = 0;
  Micros first_event_time = 0;
  Micros last_event_time = 0;
  bool counted = false;
  storage::CountTable counts = {};
};

// What the rows of a segment say.
struct RowZone {
  Micros first_time = 0;
  Micros last_time = 0;
  Micros first_event_time = 0;
  Micros last_event_time = 0;
  storage::CountTable counts = {};
};

// By number, from `first` on without a gap; what it says of earlier ones is about to go.
// Where there is no catalog, none: it is made anew when the service starts.
absl::StatusOr<std::map<uint64_t, CatalogZone>> ReadCatalog(const db::sqlite::StoreLayout& layout,
                                                            const StoreSchema& schema,
                                                            uint64_t first, Findings& findings);

// Holds one against the other; queries rely on the catalog to pass a segment by.
void CompareZones(uint64_t segment, uint64_t segment_events, const CatalogZone& catalog,
                  const RowZone& rows, Findings& findings);

}  // namespace daybook::verify
