#pragma once

#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/store_layout.h"
#include "storage/erasure.h"
#include "verify/erasures.h"
#include "verify/store_facts.h"

namespace daybook::verify {

// What events behind the end of the view declare: a service has gone on. They are
// verified themselves when the log is verified next. Errors as of reading a segment.
absl::StatusOr<std::vector<Declaration>> ReadLaterDeclarations(const StoreFacts& facts);

// Whether a service is at work on the store; also where nobody may look.
bool IsServed(const db::sqlite::StoreLayout& layout);

// The events of which something is being erased now, by what ledger.db and the service's
// lock say; nobody vouches for either. None where no service is at work.
absl::StatusOr<std::vector<storage::SeqRange>> ReadErasuresUnderWay(
    const db::sqlite::StoreLayout& layout);

}  // namespace daybook::verify
