#include "rpc/malformed.h"

#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/unknown_field_set.h"
#include "google/protobuf/wire_format_lite.h"
#include "schema/utf8.h"

namespace daybook::rpc {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::UnknownField;
using ::google::protobuf::UnknownFieldSet;
using ::google::protobuf::internal::WireFormatLite;
using ::google::protobuf::io::CodedInputStream;

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

// A batch of 1,000 events with every field set has half as many.
constexpr int kMaxFields = 60'000;

// Counts the fields of a message, down to those of the messages in it, up to
// kMaxFields + 1 and as far as the bytes make sense.
class FieldCount {
 public:
  explicit FieldCount(absl::string_view bytes)
      : input_(reinterpret_cast<const uint8_t*>(bytes.data()), static_cast<int>(bytes.size())) {}

  // False where it went no further.
  bool Add(const Descriptor& type) {
    while (const uint32_t tag = input_.ReadTag()) {
      if (++count_ > kMaxFields || !AddField(type, tag)) return false;
    }
    return true;
  }

  int count() const { return count_; }

 private:
  bool AddField(const Descriptor& type, uint32_t tag) {
    if (WireFormatLite::GetTagWireType(tag) != WireFormatLite::WIRETYPE_LENGTH_DELIMITED) {
      return WireFormatLite::SkipField(&input_, tag);
    }
    int length = 0;
    if (!input_.ReadVarintSizeAsInt(&length)) return false;
    const FieldDescriptor* const field =
        type.FindFieldByNumber(WireFormatLite::GetTagFieldNumber(tag));
    if (field == nullptr || field->type() != FieldDescriptor::TYPE_MESSAGE) {
      return input_.Skip(length);
    }
    const auto limit = input_.PushLimit(length);
    const bool goes_on = Add(*field->message_type());
    input_.PopLimit(limit);
    return goes_on;
  }

  CodedInputStream input_;
  int count_ = 0;
};

}  // namespace

absl::Status CheckFieldCount(const Descriptor& type, absl::string_view bytes) {
  constexpr size_t kSmallestField = 2;
  if (bytes.size() <= kMaxFields * kSmallestField) return absl::OkStatus();
  FieldCount fields(bytes);
  fields.Add(type);
  if (fields.count() <= kMaxFields) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kInvalidArgument, Reason::kRequestMalformed,
                         absl::StrCat("the message has more than ", kMaxFields, " fields"));
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
