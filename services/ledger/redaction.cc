#include "ledger/redaction.h"

#include <algorithm>

#include "core/status_macros.h"
#include "core/timestamp.h"

namespace daybook::ledger {
namespace {

using ::daybook::audit::v1::Event;

constexpr char kKept = 1;
constexpr char kErased = 2;
constexpr size_t kEntryBytes = 2 + sizeof(Hash);

absl::Status NoRedactionError(absl::string_view why) { return absl::InvalidArgumentError(why); }

}  // namespace

Redaction::Redaction(const Event& event, const Salt& salt) {
  for (const Group group : kGroups) {
    if (EncodeGroup(group, event).empty()) continue;
    entries_[PlaceOf(group)] = {.is_erased = false, .hash = GroupSalt(group, salt)};
  }
}

absl::StatusOr<Redaction> Redaction::Parse(absl::string_view bytes) {
  Redaction redaction;
  if (bytes.size() % kEntryBytes != 0) return NoRedactionError("it is not made of whole entries");
  char last = 0;
  for (; !bytes.empty(); bytes.remove_prefix(kEntryBytes)) {
    const char group = bytes[0];
    const char state = bytes[1];
    if (group <= last || group > static_cast<char>(kGroups.size())) {
      return NoRedactionError("a group is unknown, named twice or out of order");
    }
    if (state != kKept && state != kErased) return NoRedactionError("a group's state is unknown");
    last = group;
    Entry entry{.is_erased = state == kErased, .hash = {}};
    std::copy_n(bytes.begin() + 2, entry.hash.size(), entry.hash.begin());
    redaction.entries_[static_cast<size_t>(group) - 1] = entry;
  }
  if (!redaction.HasErased()) return NoRedactionError("no group of it is erased");
  return redaction;
}

std::string Redaction::Bytes() const {
  std::string bytes;
  for (const Group group : kGroups) {
    const std::optional<Entry>& entry = entries_[PlaceOf(group)];
    if (!entry) continue;
    bytes.push_back(static_cast<char>(group));
    bytes.push_back(entry->is_erased ? kErased : kKept);
    bytes.append(entry->hash.begin(), entry->hash.end());
  }
  return bytes;
}

std::optional<Hash> Redaction::HashOf(Group group, bool is_erased) const {
  const std::optional<Entry>& entry = entries_[PlaceOf(group)];
  if (!entry || entry->is_erased != is_erased) return std::nullopt;
  return entry->hash;
}

bool Redaction::IsErased(Group group) const {
  const std::optional<Entry>& entry = entries_[PlaceOf(group)];
  return entry && entry->is_erased;
}

bool Redaction::HasErased() const {
  return std::any_of(kGroups.begin(), kGroups.end(),
                     [this](Group group) { return IsErased(group); });
}

void Redaction::Erase(Group group, Event& event) {
  std::optional<Entry>& entry = entries_[PlaceOf(group)];
  if (!entry || entry->is_erased) return;
  entry = {.is_erased = true, .hash = Commit(group, entry->hash, EncodeGroup(group, event))};
  ClearGroup(group, event);
}

absl::StatusOr<Commitments> Redaction::CommitmentsOf(const Event& event) const {
  Commitments commitments;
  for (const Group group : kGroups) {
    const std::optional<Entry>& entry = entries_[PlaceOf(group)];
    const std::string encoded = EncodeGroup(group, event);
    const bool is_kept = entry && !entry->is_erased;
    if (is_kept == encoded.empty()) {
      return NoRedactionError("the groups with fields are not those that it keeps");
    }
    if (!entry) continue;
    commitments.Set(group, is_kept ? Commit(group, entry->hash, encoded) : entry->hash);
  }
  return commitments;
}

absl::StatusOr<OpenedLeaf> Redaction::Open(const Event& event) const {
  DAYBOOK_ASSIGN_OR_RETURN(const Commitments commitments, CommitmentsOf(event));
  OpenedLeaf leaf{.bytes = LeafDraft(event, commitments).Bytes(MicrosOf(event.created_at()))};
  leaf.openings.reserve(kGroups.size());
  leaf.erased.reserve(kGroups.size());
  for (const Group group : kGroups) {
    const std::optional<Entry>& entry = entries_[PlaceOf(group)];
    if (!entry) continue;
    if (entry->is_erased) {
      leaf.erased.push_back(group);
    } else {
      leaf.openings.push_back(
          {.group = group, .salt = entry->hash, .fields = EncodeGroup(group, event)});
    }
  }
  return leaf;
}

void ClearGroup(Group group, Event& event) {
  switch (group) {
    case Group::kSubject:
      event.clear_user_id();
      event.clear_telegram_id();
      event.clear_actor();
      break;
    case Group::kClient:
      event.clear_ip_address();
      event.clear_user_agent();
      break;
    case Group::kObject:
      event.clear_resource_id();
      event.clear_trace_id();
      event.clear_correlation_id();
      event.clear_request_id();
      break;
    case Group::kDetails:
      event.clear_details();
      break;
  }
}

absl::string_view GroupName(Group group) {
  switch (group) {
    case Group::kSubject:
      return "subject";
    case Group::kClient:
      return "client";
    case Group::kObject:
      return "object";
    case Group::kDetails:
      return "details";
  }
  return "";
}

}  // namespace daybook::ledger
