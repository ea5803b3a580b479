#include "rpc/malformed.h"

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/unknown_field_set.h"
#include "schema/utf8.h"

namespace daybook::rpc {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::UnknownField;
using ::google::protobuf::UnknownFieldSet;
using ::google::protobuf::io::CodedInputStream;

// A batch of 1,000 events with every field set has half as many in all, and a
// few more than 1,000 of its own.
constexpr int kMaxFields = 60'000;
constexpr int kMaxFieldsOfOne = 2'000;
constexpr size_t kMaxDepth = 100;

// Counts the fields of a message, and of the messages and groups in it, as far
// as the bytes make sense.
class FieldCount {
 public:
  FieldCount(const Descriptor& type, absl::string_view bytes)
      : input_(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size())),
        levels_({{.type = &type, .limit = 0, .is_group = false, .fields = 0}}) {}

  // Once.
  bool IsTooHigh() {
    while (!levels_.empty()) {
      const uint32_t tag = input_.ReadTag();
      if (WireTypeOf(tag) == kEndGroup && levels_.back().is_group) {
        levels_.pop_back();
        continue;
      }
      if (tag != 0 && (++levels_.back().fields > kMaxFieldsOfOne || ++count_ > kMaxFields)) {
        return true;
      }
      if (tag == 0 || !Pass(tag)) LeaveMessage();
    }
    return false;
  }

 private:
  enum WireType {
    kVarint = 0,
    kFixed64 = 1,
    kText = 2,
    kStartGroup = 3,
    kEndGroup = 4,
    kFixed32 = 5
  };
  static constexpr int kTypeBits = 3;

  // A message, or a group in it, that is not at its end.
  struct Level {
    const Descriptor* type;  // nullptr where nothing is known of it
    CodedInputStream::Limit limit;
    bool is_group;
    int fields;
  };

  static int WireTypeOf(uint32_t tag) { return static_cast<int>(tag & ((1U << kTypeBits) - 1)); }

  // Goes behind the field, or into it. False where the bytes make no sense.
  bool Pass(uint32_t tag) {
    uint64_t number = 0;
    switch (WireTypeOf(tag)) {
      case kVarint:
        return input_.ReadVarint64(&number);
      case kFixed64:
        return input_.Skip(sizeof(uint64_t));
      case kFixed32:
        return input_.Skip(sizeof(uint32_t));
      case kText:
        return PassText(static_cast<int>(tag >> kTypeBits));
      case kStartGroup:
        levels_.push_back({.type = nullptr, .limit = 0, .is_group = true, .fields = 0});
        return levels_.size() <= kMaxDepth;
      default:
        return false;
    }
  }

  bool PassText(int number) {
    int length = 0;
    if (!input_.ReadVarintSizeAsInt(&length)) return false;
    const Descriptor* const type = levels_.back().type;
    const FieldDescriptor* const field =
        type == nullptr ? nullptr : type->FindFieldByNumber(number);
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_MESSAGE) {
      return input_.Skip(length);
    }
    levels_.push_back({.type = field->message_type(),
                       .limit = input_.PushLimit(length),
                       .is_group = false,
                       .fields = 0});
    return true;
  }

  // Bytes that make no sense in a message do not hide what comes behind it.
  void LeaveMessage() {
    while (levels_.back().is_group) levels_.pop_back();
    const Level message = levels_.back();
    levels_.pop_back();
    if (levels_.empty()) return;
    input_.Skip(input_.BytesUntilLimit());
    input_.PopLimit(message.limit);
  }

  CodedInputStream input_;
  std::vector<Level> levels_;
  int count_ = 0;
};

// A message that is still to be looked at, and where it lies.
struct Pending {
  const Descriptor* type;
  std::string path;
  std::string bytes;
};

std::string PathOf(const Pending& message, const FieldDescriptor& field, int occurrence) {
  std::string path =
      message.path.empty() ? field.name() : absl::StrCat(message.path, ".", field.name());
  if (field.is_repeated()) absl::StrAppend(&path, "[", occurrence, "]");
  return path;
}

// The path of a string in `message` that is not UTF-8, "" where there is none;
// adds the messages in it to `pending`.
std::string BadString(const Pending& message, std::deque<Pending>& pending) {
  UnknownFieldSet fields;
  if (!fields.ParseFromString(message.bytes)) return "";
  std::vector<int> occurrences(static_cast<size_t>(message.type->field_count()));
  for (int i = 0; i < fields.field_count(); ++i) {
    const UnknownField& value = fields.field(i);
    const FieldDescriptor* const field = message.type->FindFieldByNumber(value.number());
    if (field == nullptr || value.type() != UnknownField::TYPE_LENGTH_DELIMITED) continue;
    std::string path = PathOf(message, *field, occurrences[static_cast<size_t>(field->index())]++);
    if (field->type() == FieldDescriptor::TYPE_STRING &&
        !schema::CountCharacters(value.length_delimited())) {
      return path;
    }
    if (field->type() == FieldDescriptor::TYPE_MESSAGE) {
      pending.push_back(
          {.type = field->message_type(), .path = path, .bytes = value.length_delimited()});
    }
  }
  return "";
}

}  // namespace

absl::Status CheckFieldCount(const Descriptor& type, absl::string_view bytes) {
  constexpr size_t kSmallestField = 2;
  if (bytes.size() <= kMaxFieldsOfOne * kSmallestField) return absl::OkStatus();
  if (!FieldCount(type, bytes).IsTooHigh()) return absl::OkStatus();
  return ErrorWithReason(
      absl::StatusCode::kInvalidArgument, Reason::kRequestMalformed,
      absl::StrCat("a message has more than ", kMaxFieldsOfOne, " fields of its own, or more than ",
                   kMaxFields, " with those in it"));
}

absl::Status MalformedRequestError(const Descriptor& type, absl::string_view bytes) {
  std::deque<Pending> pending = {{.type = &type, .path = "", .bytes = std::string(bytes)}};
  while (!pending.empty()) {
    const Pending message = std::move(pending.front());
    pending.pop_front();
    if (std::string path = BadString(message, pending); !path.empty()) {
      return InvalidFieldError({.reason = Reason::kRequestMalformed,
                                .field = std::move(path),
                                .description = "must be valid UTF-8"});
    }
  }
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, Reason::kRequestMalformed,
                         absl::StrCat("the bytes are not a message of type ", type.full_name()));
}

}  // namespace daybook::rpc
