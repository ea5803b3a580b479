#pragma once

#include <cstdint>

#include "absl/status/status.h"

#include "db/sqlite/store_layout.h"
#include "schema/version.h"

namespace daybook::migrator::store {

// How many events a segment takes.
inline constexpr uint64_t kSegmentEvents = uint64_t{1} << 18;

struct CreateOptions {
  uint64_t segment_events = kSegmentEvents;
};

// Migration 1: makes an empty store where there is none. The caller holds the
// store's locks. A crash at any moment leaves no store, or a whole one: ledger.db
// comes last and is what makes it one.
//
// FAILED_PRECONDITION  events are there, but no ledger.db: it was lost, and a new
//                      one would not fit them
// RESOURCE_EXHAUSTED   no space
absl::Status CreateStore(const db::sqlite::StoreLayout& layout,
                         const schema::StoreMigration& migration, const CreateOptions& options);

}  // namespace daybook::migrator::store
