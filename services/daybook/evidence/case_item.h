#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "core/ids.h"
#include "daybook/audit/v1/event.pb.h"
#include "daybook/ledger/v1/ledger_service.pb.h"
#include "ledger/hash.h"
#include "ledger/leaf.h"
#include "ledger/proof.h"

namespace daybook::cli::evidence {

// "subject", "client", "object", "details".
std::optional<ledger::Group> GroupNamed(absl::string_view name);

// What a case holds of one event.
struct CaseItem {
  Seq seq{0};
  std::string leaf_bytes;
  std::vector<ledger::Hash> proof;
  // Only openings and erased_groups: how the service says it, and the file does.
  ledger::v1::GetInclusionProofResponse openings;
};

// The event that the leaf and the openings make, once the leaf is in the tree and
// each opening fits its commitment. NotVerifiedError where one does not.
absl::StatusOr<audit::v1::Event> ProvenEvent(const CaseItem& item, const ledger::TreeHead& head);

// NotVerifiedError, with the fields that differ, where an event is not the proven one.
absl::Status CheckShown(const audit::v1::Event& shown, const audit::v1::Event& proven);

}  // namespace daybook::cli::evidence
