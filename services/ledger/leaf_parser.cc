#include "ledger/leaf_parser.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/match.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "schema/utf8.h"

namespace daybook::ledger {
namespace {

using ::daybook::audit::v1::Event;

absl::Status NoLeafError(absl::string_view why) { return absl::InvalidArgumentError(why); }

// A field as it is written; what it may not be is found by writing it again.
struct Field {
  uint32_t number = 0;
  bool is_bytes = false;
  uint64_t integer = 0;
  absl::string_view bytes = {};
};

// Takes fields from the front of encoded bytes.
class FieldReader {
 public:
  explicit FieldReader(absl::string_view bytes) : rest_(bytes) {}

  bool AtEnd() const { return rest_.empty(); }

  absl::StatusOr<Field> Next() {
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t key, Varint());
    Field field{.number = static_cast<uint32_t>(key / 8), .is_bytes = key % 8 == kBytesType};
    if (key >= kKeysEnd || (key % 8 != kVarintType && !field.is_bytes)) {
      return NoLeafError("a field has a number or a type that no field has");
    }
    DAYBOOK_ASSIGN_OR_RETURN(field.integer, Varint());
    if (!field.is_bytes) return field;
    if (field.integer > rest_.size()) return NoLeafError("a length goes beyond the end");
    field.bytes = rest_.substr(0, field.integer);
    rest_.remove_prefix(field.integer);
    return field;
  }

 private:
  static constexpr uint64_t kVarintType = 0;
  static constexpr uint64_t kBytesType = 2;
  static constexpr uint64_t kKeysEnd = 0x80;  // of one byte
  static constexpr uint32_t kBits = 64;

  absl::StatusOr<uint64_t> Varint() {
    uint64_t value = 0;
    for (uint32_t shift = 0; shift < kBits; shift += 7) {
      if (rest_.empty()) return NoLeafError("a number is cut short");
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      value |= uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return value;
    }
    return NoLeafError("a number has more than 64 bits");
  }

  absl::string_view rest_;
};

absl::Status CheckText(absl::string_view text) {
  if (text.empty() || absl::StrContains(text, '\0') || !schema::CountCharacters(text)) {
    return NoLeafError("a text is empty, holds U+0000 or is not UTF-8");
  }
  return absl::OkStatus();
}

absl::Status ReadCommitment(Group group, absl::string_view bytes, Commitments& commitments) {
  Hash hash;
  if (bytes.size() != hash.size()) return NoLeafError("a commitment is not 32 bytes long");
  std::copy(bytes.begin(), bytes.end(), hash.begin());
  commitments.Set(group, hash);
  return absl::OkStatus();
}

// Integers.
bool SetInteger(uint32_t number, uint64_t value, Event& event) {
  switch (number) {
    case 1:
      SetTimestamp(static_cast<int64_t>(value), event.mutable_created_at());
      return true;
    case 2:
      SetTimestamp(static_cast<int64_t>(value), event.mutable_event_time());
      return true;
    case 5:
      event.set_source(static_cast<audit::v1::Source>(value));
      return true;
    case 6:
      event.set_producer_sequence(value);
      return true;
    case 8:
      event.set_outcome(static_cast<audit::v1::Outcome>(value));
      return true;
    default:
      return false;
  }
}

std::string* TextOf(uint32_t number, Event& event) {
  switch (number) {
    case 3:
      return event.mutable_tenant();
    case 4:
      return event.mutable_producer();
    case 7:
      return event.mutable_action();
    case 9:
      return event.mutable_reason();
    case 10:
      return event.mutable_resource_type();
    case 11:
      return event.mutable_public_details();
    default:
      return nullptr;
  }
}

std::string* TextOf(Group group, uint32_t number, Event& event) {
  switch (group) {
    case Group::kSubject:
      return number == 2   ? event.mutable_telegram_id()
             : number == 3 ? event.mutable_actor()
                           : nullptr;
    case Group::kClient:
      return number == 1   ? event.mutable_ip_address()
             : number == 2 ? event.mutable_user_agent()
                           : nullptr;
    case Group::kObject:
      switch (number) {
        case 1:
          return event.mutable_resource_id();
        case 2:
          return event.mutable_trace_id();
        case 3:
          return event.mutable_correlation_id();
        case 4:
          return event.mutable_request_id();
        default:
          return nullptr;
      }
    case Group::kDetails:
      return number == 1 ? event.mutable_details() : nullptr;
  }
  return nullptr;
}

absl::Status SetText(const Field& field, std::string* text) {
  if (text == nullptr || !field.is_bytes)
    return NoLeafError("a field is unknown or of another type");
  DAYBOOK_RETURN_IF_ERROR(CheckText(field.bytes));
  text->assign(field.bytes.data(), field.bytes.size());
  return absl::OkStatus();
}

absl::Status ReadField(const Field& field, Leaf& leaf) {
  constexpr uint32_t kSubjectField = 12;
  if (field.number >= kSubjectField && field.number < kSubjectField + kGroups.size() &&
      field.is_bytes) {
    return ReadCommitment(kGroups[field.number - kSubjectField], field.bytes, leaf.commitments);
  }
  if (!field.is_bytes && SetInteger(field.number, field.integer, leaf.event)) {
    return absl::OkStatus();
  }
  return SetText(field, TextOf(field.number, leaf.event));
}

// Of what must be there only texts can be missing unseen: numbers are written also
// where they are 0.
absl::Status CheckWhole(const Leaf& leaf, absl::string_view leaf_bytes) {
  const Event& event = leaf.event;
  if (event.tenant().empty() || event.action().empty()) return NoLeafError("a field is missing");
  if (!event.public_details().empty() && event.source() != audit::v1::SOURCE_SERVICE) {
    return NoLeafError("public_details in the event of a client");
  }
  const LeafDraft again(event, leaf.commitments);
  if (again.Bytes(MicrosOf(event.created_at())) != leaf_bytes) {
    return NoLeafError("it is not written in the one way that there is");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Leaf> ParseLeaf(absl::string_view leaf_bytes) {
  if (leaf_bytes.size() > kMaxLeafBytes) return NoLeafError("it is longer than 20,000 bytes");
  if (leaf_bytes.empty() || leaf_bytes.front() != kLeafVersion) {
    return NoLeafError("its version is not 1");
  }
  Leaf leaf;
  FieldReader fields(leaf_bytes.substr(1));
  while (!fields.AtEnd()) {
    DAYBOOK_ASSIGN_OR_RETURN(const Field field, fields.Next());
    DAYBOOK_RETURN_IF_ERROR(ReadField(field, leaf));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckWhole(leaf, leaf_bytes));
  return leaf;
}

absl::Status ParseGroup(Group group, absl::string_view encoded, Event& event) {
  Event shown;
  FieldReader fields(encoded);
  while (!fields.AtEnd()) {
    DAYBOOK_ASSIGN_OR_RETURN(const Field field, fields.Next());
    if (group == Group::kSubject && field.number == 1 && !field.is_bytes) {
      shown.set_user_id(static_cast<int64_t>(field.integer));
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(SetText(field, TextOf(group, field.number, shown)));
  }
  if (encoded.empty() || EncodeGroup(group, shown) != encoded) {
    return NoLeafError("the group is not written in the one way that there is");
  }
  event.MergeFrom(shown);
  return absl::OkStatus();
}

}  // namespace daybook::ledger
