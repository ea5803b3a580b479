#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "daybook/connection.h"
#include "ledger/proof.h"

namespace daybook::cli {

// The newest checkpoint of the service's log, as it was signed.
absl::StatusOr<std::string> NewestNote(Connection& connection);

// Likewise, the newest that a witness has cosigned, with its cosignature.
absl::StatusOr<std::string> NewestWitnessedNote(Connection& connection);

// Has the service prove that the log of `to` begins with that of `from`.
// NotVerifiedError where it does not; NOT_FOUND / PRUNED where that is dropped which
// would show it.
absl::Status CheckGrowth(Connection& connection, const ledger::TreeHead& from,
                         const ledger::TreeHead& to);

}  // namespace daybook::cli
