#pragma once

#include "absl/status/status.h"

#include "db/sqlite/connection.h"
#include "migrator/sqlite/observer.h"
#include "migrator/sqlite/plan.h"

namespace daybook::migrator::sqlite {

// Brings a table to its new shape inside the open transaction. Foreign keys must
// be off, legacy_alter_table on and triggers off.

// Writes the table anew: a new one is made, filled row by row in the order of
// the rowids, which stay, and takes the old one's name. Its indexes and triggers
// are made again, word for word; its sequence and its statistics stay. kData where
// rows do not fit. `observer`, where there is one, hears how far it is.
absl::Status RebuildTable(db::sqlite::Connection& database, const Reshape& reshape,
                          Observer* observer = nullptr);

// Changes the text alone.
absl::Status EditTableText(db::sqlite::Connection& database, const SchemaObject& table);

}  // namespace daybook::migrator::sqlite
