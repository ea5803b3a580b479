#pragma once

#include <optional>

#include "absl/strings/string_view.h"

#include "core/ids.h"

namespace daybook::storage {

// The events that an event ledger.pruned names; both inclusive.
struct DroppedEvents {
  Seq first{0};
  Seq last{0};
};

// What stands in its public_details; nothing where that begins in no such way.
std::optional<DroppedEvents> ParseDroppedEvents(absl::string_view public_details);

}  // namespace daybook::storage
