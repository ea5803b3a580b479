#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "ledger/leaf.h"

namespace daybook::ledger {

// How the values of an event are written into leaf v1: the one encoder, for
// whoever has them.

// The values of an event, where they lie. Text that is empty is absent.
struct LeafValues {
  // Outside the groups.
  absl::string_view tenant = {};
  absl::string_view producer = {};
  int64_t source = 0;
  std::optional<int64_t> producer_sequence = {};
  absl::string_view action = {};
  int64_t outcome = 0;
  absl::string_view reason = {};
  absl::string_view resource_type = {};
  absl::string_view public_details = {};

  // Group subject.
  std::optional<int64_t> user_id = {};
  absl::string_view telegram_id = {};
  absl::string_view actor = {};
  // Group client.
  absl::string_view ip_address = {};
  absl::string_view user_agent = {};
  // Group object.
  absl::string_view resource_id = {};
  absl::string_view trace_id = {};
  absl::string_view correlation_id = {};
  absl::string_view request_id = {};
  // Group details.
  absl::string_view details = {};
};

// Those of `event`, which must outlive them.
LeafValues ValuesOf(const audit::v1::Event& event);

// Whether there is a field of the group.
bool HasFields(Group group, const LeafValues& values);

// Appends the fields of a group.
void AppendGroup(Group group, const LeafValues& values, std::string& out);

// Appends the leaf version and the fields 1 and 2 of a leaf; fields 3 to 15.
void AppendTimes(Micros created_at, Micros event_time, std::string& out);
void AppendFields(const LeafValues& values, const Commitments& commitments, std::string& out);

struct EventTimes {
  Micros created_at = 0;
  Micros event_time = 0;
};

// Hashes one event after another, without taking memory for each.
//
// Thread-compatible.
class LeafHasher {
 public:
  // The commitment to the fields of a group.
  Hash CommitmentTo(Group group, const LeafValues& values, const Hash& group_salt);

  // The leaf hash.
  Hash HashOf(const LeafValues& values, const EventTimes& times, const Commitments& commitments);

  // How many bytes the leaf had that was hashed last.
  size_t leaf_bytes() const { return leaf_bytes_; }

 private:
  std::string message_;
  size_t leaf_bytes_ = 0;
};

}  // namespace daybook::ledger
