#pragma once

#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "db/sqlite/statement.h"
#include "ledger/leaf.h"
#include "storage/new_event.h"

namespace daybook::storage::sqlite {

// How an event lies in a row of audit_logs: the one place that knows the
// columns' order.

// INSERT of one row.
std::string InsertSql();
void BindRow(const NewEvent& fresh, Seq seq, Micros created_at, db::sqlite::Statement& insert);

// All columns, as ReadRow expects them of a SELECT.
std::string RowColumns();

// The event in the row that `select` stands on, its leaf_hash computed.
// DATA_LOSS where the row cannot be what was written.
absl::StatusOr<audit::v1::Event> ReadRow(const db::sqlite::Statement& select);

// The leaf of such a row, and what opens it; likewise.
absl::StatusOr<ledger::OpenedLeaf> ReadLeaf(const db::sqlite::Statement& select);

// Binds the row that `select` stands on to an InsertSql, value for value. Both
// must stay where they are until it has run.
void CopyRow(const db::sqlite::Statement& select, db::sqlite::Statement& insert);

// The same without the fields of `groups`; `redaction` holds what is bound in
// their place. DATA_LOSS as ReadRow has it.
absl::Status CopyErasedRow(const db::sqlite::Statement& select,
                           std::span<const ledger::Group> groups, std::string& redaction,
                           db::sqlite::Statement& insert);

// The condition, in SQL, that a row has a field of one of `groups`.
std::string HasFieldsSql(std::span<const ledger::Group> groups);

// The same for what events are looked up by: the event has nothing else, and no
// leaf_hash.
std::string LookupColumns();
audit::v1::Event ReadLookups(const db::sqlite::Statement& select);

}  // namespace daybook::storage::sqlite
