#include "ledger/leaf.h"

#include <utility>

#include "absl/strings/string_view.h"

namespace daybook::ledger {
namespace {

using ::daybook::audit::v1::Event;

constexpr char kLeafPrefix = '\x00';  // of LeafHash(): here it is written in front at once
constexpr char kCommitmentPrefix = '\x02';
constexpr char kGroupSaltPrefix = '\x03';

// Field numbers of LeafV1 that stand for commitments: group 1 is field 12.
constexpr uint32_t kFirstCommitmentField = 12;

// Writes fields in ascending order; the caller keeps the order and skips what
// is absent.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void Varint(uint32_t field, uint64_t value) {
    Key(field, kVarintType);
    Raw(value);
  }
  void Signed(uint32_t field, int64_t value) { Varint(field, static_cast<uint64_t>(value)); }
  void Bytes(uint32_t field, absl::string_view value) {
    Key(field, kBytesType);
    Raw(value.size());
    out_.append(value.data(), value.size());
  }
  void Text(uint32_t field, absl::string_view value) {
    if (!value.empty()) Bytes(field, value);
  }

 private:
  static constexpr uint32_t kVarintType = 0;
  static constexpr uint32_t kBytesType = 2;

  void Key(uint32_t field, uint32_t type) { Raw(field * 8 + type); }
  void Raw(uint64_t value) {
    for (; value >= 0x80; value >>= 7) out_.push_back(static_cast<char>((value & 0x7F) | 0x80));
    out_.push_back(static_cast<char>(value));
  }

  std::string& out_;
};

}  // namespace

std::string EncodeGroup(Group group, const Event& event) {
  std::string encoded;
  FieldWriter writer(encoded);
  switch (group) {
    case Group::kSubject:
      if (event.has_user_id()) writer.Signed(1, event.user_id());
      writer.Text(2, event.telegram_id());
      writer.Text(3, event.actor());
      break;
    case Group::kClient:
      writer.Text(1, event.ip_address());
      writer.Text(2, event.user_agent());
      break;
    case Group::kObject:
      writer.Text(1, event.resource_id());
      writer.Text(2, event.trace_id());
      writer.Text(3, event.correlation_id());
      writer.Text(4, event.request_id());
      break;
    case Group::kDetails:
      writer.Text(1, event.details());
      break;
  }
  return encoded;
}

bool NeedsSalt(const Event& event) {
  return event.has_user_id() || !event.telegram_id().empty() || !event.actor().empty() ||
         !event.ip_address().empty() || !event.user_agent().empty() ||
         !event.resource_id().empty() || !event.trace_id().empty() ||
         !event.correlation_id().empty() || !event.request_id().empty() || !event.details().empty();
}

Hash GroupSalt(Group group, const Salt& salt) {
  std::string message = {kGroupSaltPrefix, static_cast<char>(group)};
  message.append(salt.begin(), salt.end());
  return Sha256(message);
}

Hash Commit(Group group, const Hash& group_salt, const std::string& encoded) {
  std::string message = {kCommitmentPrefix, static_cast<char>(group)};
  message.reserve(message.size() + group_salt.size() + encoded.size());
  message.append(group_salt.begin(), group_salt.end());
  message.append(encoded);
  return Sha256(message);
}

Commitments::Commitments(const Event& event, const Salt& salt) {
  for (const Group group : kGroups) {
    const std::string encoded = EncodeGroup(group, event);
    if (!encoded.empty()) Set(group, Commit(group, GroupSalt(group, salt), encoded));
  }
}

LeafDraft::LeafDraft(const Event& event, const Salt& salt)
    : LeafDraft(event, Commitments(event, salt)) {}

LeafDraft::LeafDraft(const Event& event, const Commitments& commitments) {
  if (event.has_event_time()) event_time_ = MicrosOf(event.event_time());
  FieldWriter writer(rest_);
  writer.Text(3, event.tenant());
  writer.Text(4, event.producer());
  writer.Varint(5, static_cast<uint64_t>(event.source()));
  if (event.has_producer_sequence()) writer.Varint(6, event.producer_sequence());
  writer.Text(7, event.action());
  writer.Varint(8, static_cast<uint64_t>(event.outcome()));
  writer.Text(9, event.reason());
  writer.Text(10, event.resource_type());
  writer.Text(11, event.public_details());
  for (const Group group : kGroups) {
    const std::optional<Hash>& commitment = commitments[group];
    if (!commitment) continue;
    writer.Bytes(kFirstCommitmentField + static_cast<uint32_t>(group) - 1, AsBytes(*commitment));
  }
}

std::string LeafDraft::Encode(Micros created_at, size_t prefix_bytes) const {
  std::string bytes(prefix_bytes, kLeafPrefix);
  bytes.push_back(static_cast<char>(kLeafVersion));
  FieldWriter writer(bytes);
  writer.Signed(1, created_at);
  writer.Signed(2, event_time_.value_or(created_at));
  bytes.append(rest_);
  return bytes;
}

std::string LeafDraft::Bytes(Micros created_at) const { return Encode(created_at, 0); }

Hash LeafDraft::HashAt(Micros created_at) const { return Sha256(Encode(created_at, 1)); }

Hash LeafHashOf(const Event& stored, const Salt& salt) {
  return LeafDraft(stored, salt).HashAt(MicrosOf(stored.created_at()));
}

OpenedLeaf OpenLeaf(const Event& stored, const Salt& salt) {
  OpenedLeaf leaf{.bytes = LeafDraft(stored, salt).Bytes(MicrosOf(stored.created_at()))};
  leaf.openings.reserve(kGroups.size());
  for (const Group group : kGroups) {
    std::string fields = EncodeGroup(group, stored);
    if (fields.empty()) continue;
    leaf.openings.push_back(
        {.group = group, .salt = GroupSalt(group, salt), .fields = std::move(fields)});
  }
  return leaf;
}

}  // namespace daybook::ledger
