#include "ledger/leaf.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"

#include "ledger/leaf_encoding.h"

namespace daybook::ledger {
namespace {

using ::daybook::audit::v1::Event;

constexpr char kLeafPrefix = '\x00';  // of LeafHash(): here it is written in front at once
constexpr char kCommitmentPrefix = '\x02';
constexpr char kGroupSaltPrefix = '\x03';

}  // namespace

std::string EncodeGroup(Group group, const Event& event) {
  std::string encoded;
  AppendGroup(group, ValuesOf(event), encoded);
  return encoded;
}

bool NeedsSalt(const Event& event) {
  const LeafValues values = ValuesOf(event);
  return std::any_of(kGroups.begin(), kGroups.end(),
                     [&values](Group group) { return HasFields(group, values); });
}

Hash GroupSalt(Group group, const Salt& salt) {
  std::array<char, 2 + sizeof(Salt)> message = {kGroupSaltPrefix, static_cast<char>(group)};
  std::copy(salt.begin(), salt.end(), message.begin() + 2);
  return Sha256(absl::string_view(message.data(), message.size()));
}

Hash Commit(Group group, const Hash& group_salt, const std::string& encoded) {
  std::string message = {kCommitmentPrefix, static_cast<char>(group)};
  message.reserve(message.size() + group_salt.size() + encoded.size());
  message.append(group_salt.begin(), group_salt.end());
  message.append(encoded);
  return Sha256(message);
}

Commitments::Commitments(const Event& event, const Salt& salt) {
  LeafHasher hasher;
  const LeafValues values = ValuesOf(event);
  for (const Group group : kGroups) {
    if (HasFields(group, values)) {
      Set(group, hasher.CommitmentTo(group, values, GroupSalt(group, salt)));
    }
  }
}

LeafDraft::LeafDraft(const Event& event, const Salt& salt)
    : LeafDraft(event, Commitments(event, salt)) {}

LeafDraft::LeafDraft(const Event& event, const Commitments& commitments) {
  if (event.has_event_time()) event_time_ = MicrosOf(event.event_time());
  AppendFields(ValuesOf(event), commitments, rest_);
}

std::string LeafDraft::Encode(Micros created_at, size_t prefix_bytes) const {
  std::string bytes(prefix_bytes, kLeafPrefix);
  AppendTimes(created_at, event_time_.value_or(created_at), bytes);
  bytes.append(rest_);
  return bytes;
}

std::string LeafDraft::Bytes(Micros created_at) const { return Encode(created_at, 0); }

Hash LeafDraft::HashAt(Micros created_at) const { return Sha256(Encode(created_at, 1)); }

Hash LeafHashOf(const Event& stored, const Salt& salt) {
  return LeafDraft(stored, salt).HashAt(MicrosOf(stored.created_at()));
}

Hash LeafHasher::CommitmentTo(Group group, const LeafValues& values, const Hash& group_salt) {
  message_.assign({kCommitmentPrefix, static_cast<char>(group)});
  message_.append(group_salt.begin(), group_salt.end());
  AppendGroup(group, values, message_);
  return Sha256(message_);
}

Hash LeafHasher::HashOf(const LeafValues& values, const EventTimes& times,
                        const Commitments& commitments) {
  message_.assign(1, kLeafPrefix);
  AppendTimes(times.created_at, times.event_time, message_);
  AppendFields(values, commitments, message_);
  leaf_bytes_ = message_.size() - 1;
  return Sha256(message_);
}

}  // namespace daybook::ledger
