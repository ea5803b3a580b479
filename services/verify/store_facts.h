#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/store_header.h"
#include "db/sqlite/store_layout.h"
#include "ledger/note_key.h"
#include "verify/advance.h"
#include "verify/catalog_zones.h"
#include "verify/evidence.h"
#include "verify/file_schema.h"
#include "verify/findings.h"
#include "verify/index_sums.h"
#include "verify/ledger_records.h"
#include "verify/open.h"
#include "verify/row_shape.h"
#include "verify/unit_result.h"

namespace daybook::verify {

// What is known of a store before its events are read: how long its log is, what it
// must add up to, and what is wrong beside the events.
//
// Immutable once surveyed.
struct StoreFacts {
  StoreFacts(db::sqlite::StoreLayout of, Access how) : layout(std::move(of)), access(how) {}
  StoreFacts(const StoreFacts&) = delete;
  StoreFacts& operator=(const StoreFacts&) = delete;

  struct Options {
    // Any of those that the log has had; with none, signatures are not checked.
    std::vector<ledger::VerifierKey> keys = {};
    // A checkpoint that was kept elsewhere, with the note that holds it; it counts where a
    // key of the log has signed it.
    std::optional<SignedHead> outside = {};
    Access access = Access::kMapped;  // to files that never change
  };

  // Errors:
  //   NOT_FOUND            there is no store
  //   FAILED_PRECONDITION  it is newer than this build
  //   UNAVAILABLE          a file cannot be opened
  //   CANCELLED            `advance` said so
  static absl::StatusOr<std::unique_ptr<StoreFacts>> Survey(const db::sqlite::StoreLayout& layout,
                                                            const Options& options,
                                                            const Advance& advance);

  uint64_t SegmentEnd(uint64_t number) const;  // the seq behind its last event
  uint64_t FirstSegment() const { return begin / header.segment_events; }

  const db::sqlite::StoreLayout layout;
  const Access access;
  db::sqlite::StoreHeader header;
  StoreSchema schema;
  RowShape shape;
  IndexRules indexes{shape};
  uint64_t index_key = 0;  // random

  LedgerRecords ledger;
  Evidence evidence;
  std::vector<SignedHead> heads;  // of ledger.db and from outside, by size
  std::map<uint64_t, CatalogZone> zones;

  uint64_t begin = 0;     // the events below are dropped
  UnitResult dropped;     // what remains of them
  uint64_t size = 0;      // of the log, with what is dropped
  uint64_t segments = 0;  // behind the last that holds it
  Findings findings;
};

}  // namespace daybook::verify
