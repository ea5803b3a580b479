#pragma once

#include <optional>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

#include "daybook/audit/v1/event.pb.h"
#include "event/checked_event.h"
#include "ledger/leaf.h"
#include "ledger/salt.h"

namespace daybook::storage {

// What a repeated request is found by: a digest of its producer and request_id.
using RequestKey = absl::uint128;

// Nothing where the event came without a request_id.
std::optional<RequestKey> RequestKeyOf(absl::string_view producer, absl::string_view request_id);

// An event on its way into a store, with everything computed that does not
// depend on its place: a store's writer is one thread, its callers are many.
//
// Immutable.
class NewEvent {
 public:
  NewEvent(event::CheckedEvent checked, const ledger::Salt& salt);

  const event::CheckedEvent& checked() const { return checked_; }
  const audit::v1::Event& event() const { return checked_.event(); }
  const std::optional<RequestKey>& request_key() const { return request_key_; }

  // Nothing where no value of the event needs hiding.
  const std::optional<ledger::Salt>& salt() const { return salt_; }
  const ledger::LeafDraft& leaf() const { return leaf_; }

  // About how much memory it takes.
  size_t size_in_bytes() const { return size_in_bytes_; }

 private:
  event::CheckedEvent checked_;
  std::optional<ledger::Salt> salt_;
  ledger::LeafDraft leaf_;
  std::optional<RequestKey> request_key_;
  size_t size_in_bytes_;
};

}  // namespace daybook::storage
