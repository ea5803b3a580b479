#pragma once

#include <array>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/audit/v1/event.pb.h"
#include "ledger/hash.h"
#include "ledger/leaf.h"
#include "ledger/salt.h"

namespace daybook::ledger {

// What a store keeps of an event's salt once a group of the event has been
// erased: the salts of the groups that stay, which open those and no other, and
// the commitments to the erased ones. The leaf can be computed from it as before.
//
// Its bytes are an entry of 34 for each group, ascending: the group, then 1 and
// the group's salt, or 2 and the commitment. docs/ledger-format.md states them.
class Redaction {
 public:
  // Of an event with all its groups, as it was recorded: nothing is erased yet.
  Redaction(const audit::v1::Event& event, const Salt& salt);

  // Reads what Bytes writes, once a group is erased; INVALID_ARGUMENT where they
  // are anything else.
  static absl::StatusOr<Redaction> Parse(absl::string_view bytes);

  std::string Bytes() const;

  // The salt of a group that is kept; the commitment to one that is erased.
  std::optional<Hash> KeptSalt(Group group) const { return HashOf(group, /*is_erased=*/false); }
  std::optional<Hash> Commitment(Group group) const { return HashOf(group, /*is_erased=*/true); }

  // True where the event had fields of the group that are gone.
  bool IsErased(Group group) const;
  bool HasErased() const;

  // Takes the group's fields out of `event`, whose they are, and keeps the
  // commitment to them. Nothing changes where the event has none.
  void Erase(Group group, audit::v1::Event& event);

  // The commitments of an event that this is the redaction of. INVALID_ARGUMENT
  // where the groups that `event` has are not those that are kept.
  absl::StatusOr<Commitments> CommitmentsOf(const audit::v1::Event& event) const;

  // The leaf of such an event, and what opens it; likewise.
  absl::StatusOr<OpenedLeaf> Open(const audit::v1::Event& event) const;

  friend bool operator==(const Redaction&, const Redaction&) = default;

 private:
  struct Entry {
    bool is_erased = false;
    Hash hash = {};  // the commitment where it is, else the group's salt

    friend bool operator==(const Entry&, const Entry&) = default;
  };

  Redaction() = default;
  std::optional<Hash> HashOf(Group group, bool is_erased) const;
  static size_t PlaceOf(Group group) { return static_cast<size_t>(group) - 1; }

  std::array<std::optional<Entry>, kGroups.size()> entries_ = {};
};

// Takes the fields of `group` out of `event`.
void ClearGroup(Group group, audit::v1::Event& event);

// "subject", "client", "object", "details".
absl::string_view GroupName(Group group);

}  // namespace daybook::ledger
