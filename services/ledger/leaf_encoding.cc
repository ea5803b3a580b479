#include "ledger/leaf_encoding.h"

#include <array>

namespace daybook::ledger {
namespace {

using ::daybook::audit::v1::Event;

// Field numbers of LeafV1 that stand for commitments: group 1 is field 12.
constexpr uint32_t kFirstCommitmentField = 12;

// A varint takes at most so many bytes.
constexpr size_t kMaxVarintBytes = 10;

// Writes fields in ascending order; the caller keeps the order and skips what
// is absent.
class FieldWriter {
 public:
  explicit FieldWriter(std::string& out) : out_(out) {}

  void Varint(uint32_t field, uint64_t value) {
    Head head;
    head.Put(field * 8 + kVarintType);
    head.Put(value);
    out_.append(head.bytes.data(), head.size);
  }
  void Signed(uint32_t field, int64_t value) { Varint(field, static_cast<uint64_t>(value)); }
  void Bytes(uint32_t field, absl::string_view value) {
    Head head;
    head.Put(field * 8 + kBytesType);
    head.Put(value.size());
    out_.append(head.bytes.data(), head.size);
    out_.append(value.data(), value.size());
  }
  void Text(uint32_t field, absl::string_view value) {
    if (!value.empty()) Bytes(field, value);
  }

 private:
  static constexpr uint32_t kVarintType = 0;
  static constexpr uint32_t kBytesType = 2;

  // What stands before a value, or is it.
  struct Head {
    void Put(uint64_t value) {
      for (; value >= 0x80; value >>= 7) bytes[size++] = static_cast<char>((value & 0x7F) | 0x80);
      bytes[size++] = static_cast<char>(value);
    }
    std::array<char, 2 * kMaxVarintBytes> bytes;
    size_t size = 0;
  };

  std::string& out_;
};

}  // namespace

LeafValues ValuesOf(const Event& event) {
  LeafValues values{.tenant = event.tenant(),
                    .producer = event.producer(),
                    .source = event.source(),
                    .action = event.action(),
                    .outcome = event.outcome(),
                    .reason = event.reason(),
                    .resource_type = event.resource_type(),
                    .public_details = event.public_details(),
                    .telegram_id = event.telegram_id(),
                    .actor = event.actor(),
                    .ip_address = event.ip_address(),
                    .user_agent = event.user_agent(),
                    .resource_id = event.resource_id(),
                    .trace_id = event.trace_id(),
                    .correlation_id = event.correlation_id(),
                    .request_id = event.request_id(),
                    .details = event.details()};
  if (event.has_producer_sequence()) {
    values.producer_sequence = static_cast<int64_t>(event.producer_sequence());
  }
  if (event.has_user_id()) values.user_id = event.user_id();
  return values;
}

bool HasFields(Group group, const LeafValues& values) {
  switch (group) {
    case Group::kSubject:
      return values.user_id || !values.telegram_id.empty() || !values.actor.empty();
    case Group::kClient:
      return !values.ip_address.empty() || !values.user_agent.empty();
    case Group::kObject:
      return !values.resource_id.empty() || !values.trace_id.empty() ||
             !values.correlation_id.empty() || !values.request_id.empty();
    case Group::kDetails:
      return !values.details.empty();
  }
  return false;
}

void AppendGroup(Group group, const LeafValues& values, std::string& out) {
  FieldWriter writer(out);
  switch (group) {
    case Group::kSubject:
      if (values.user_id) writer.Signed(1, *values.user_id);
      writer.Text(2, values.telegram_id);
      writer.Text(3, values.actor);
      break;
    case Group::kClient:
      writer.Text(1, values.ip_address);
      writer.Text(2, values.user_agent);
      break;
    case Group::kObject:
      writer.Text(1, values.resource_id);
      writer.Text(2, values.trace_id);
      writer.Text(3, values.correlation_id);
      writer.Text(4, values.request_id);
      break;
    case Group::kDetails:
      writer.Text(1, values.details);
      break;
  }
}

void AppendTimes(Micros created_at, Micros event_time, std::string& out) {
  out.push_back(static_cast<char>(kLeafVersion));
  FieldWriter writer(out);
  writer.Signed(1, created_at);
  writer.Signed(2, event_time);
}

void AppendFields(const LeafValues& values, const Commitments& commitments, std::string& out) {
  FieldWriter writer(out);
  writer.Text(3, values.tenant);
  writer.Text(4, values.producer);
  writer.Signed(5, values.source);
  if (values.producer_sequence) writer.Signed(6, *values.producer_sequence);
  writer.Text(7, values.action);
  writer.Signed(8, values.outcome);
  writer.Text(9, values.reason);
  writer.Text(10, values.resource_type);
  writer.Text(11, values.public_details);
  for (const Group group : kGroups) {
    const std::optional<Hash>& commitment = commitments[group];
    if (!commitment) continue;
    writer.Bytes(kFirstCommitmentField + static_cast<uint32_t>(group) - 1, AsBytes(*commitment));
  }
}

}  // namespace daybook::ledger
