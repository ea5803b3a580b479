#include "rpc/malformed.h"

#include <deque>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "google/protobuf/unknown_field_set.h"
#include "schema/utf8.h"

namespace daybook::rpc {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::UnknownField;
using ::google::protobuf::UnknownFieldSet;

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

absl::Status MalformedRequestError(const Descriptor& type, const std::string& bytes) {
  std::deque<Pending> pending = {{.type = &type, .path = "", .bytes = bytes}};
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
