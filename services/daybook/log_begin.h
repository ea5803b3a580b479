#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "daybook/connection.h"
#include "ledger/compact_range.h"
#include "ledger/proof.h"

namespace daybook::cli {

// The first event that the service shows of its log: what is below was dropped. 0 of a
// log without events.
absl::StatusOr<Seq> FirstShown(Connection& connection);

// Has the service prove what the leaves below `begin` hash to in the tree of `head`,
// which holds `begin`. NotVerifiedError where it does not.
absl::StatusOr<ledger::CompactRange> ProveBegin(Connection& connection, Seq begin,
                                                const ledger::TreeHead& head);

}  // namespace daybook::cli
