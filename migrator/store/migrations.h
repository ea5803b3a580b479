#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "db/sqlite/store_layout.h"
#include "migrator/store/create_store.h"
#include "schema/version.h"

namespace daybook::migrator::store {

// A row of a store's history.
struct Applied {
  int version = 0;
  std::string name;
  std::string checksum;
  int suits_from = 0;
  std::string applied_at;  // RFC 3339
  std::string applied_by;  // the build
};

// What is done and what is to do.
struct State {
  std::vector<Applied> applied;
  std::vector<schema::StoreMigration> pending;
};

// The state of the store at `layout`; where there is none, all is pending.
absl::StatusOr<State> ReadState(const db::sqlite::StoreLayout& layout);

// FAILED_PRECONDITION where a migration of the history is not the one that this
// build knows under that version.
absl::Status CheckHistory(const State& state);

// Runs one migration. The caller holds the store's locks.
absl::Status RunMigration(const db::sqlite::StoreLayout& layout,
                          const schema::StoreMigration& migration, const CreateOptions& options);

// Runs all of them, on an empty folder; likewise.
absl::Status RunAllMigrations(const db::sqlite::StoreLayout& layout, const CreateOptions& options);

}  // namespace daybook::migrator::store
