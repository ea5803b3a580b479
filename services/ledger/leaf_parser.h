#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/audit/v1/event.pb.h"
#include "ledger/leaf.h"

namespace daybook::ledger {

// What the bytes of a leaf tell of an event.
struct Leaf {
  audit::v1::Event event;  // the fields outside the groups
  Commitments commitments;
};

// Reads a leaf that is written in the one way that the format allows;
// INVALID_ARGUMENT where it is not.
absl::StatusOr<Leaf> ParseLeaf(absl::string_view leaf_bytes);

// Reads the encoded fields of a group, as an opening shows them, into `event`;
// INVALID_ARGUMENT where they are not what the format allows.
absl::Status ParseGroup(Group group, absl::string_view encoded, audit::v1::Event& event);

}  // namespace daybook::ledger
