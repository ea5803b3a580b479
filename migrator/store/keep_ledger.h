#pragma once

#include "absl/status/status.h"

#include "db/sqlite/store_layout.h"
#include "schema/version.h"

namespace daybook::migrator::store {

// Migration 2: gives ledger.db the tables of what the log has signed. One
// transaction. The caller holds the store's locks.
absl::Status KeepLedger(const db::sqlite::StoreLayout& layout,
                        const schema::StoreMigration& migration);

}  // namespace daybook::migrator::store
