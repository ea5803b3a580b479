#include "query/field_value.h"

#include <string>

#include "core/timestamp.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace daybook::query {
namespace {

using ::daybook::audit::v1::Event;
using ::google::protobuf::FieldDescriptor;

// '' is absent.
FieldValue TextValue(const std::string& text) {
  if (text.empty()) return std::monostate();
  return absl::string_view(text);
}

}  // namespace

FieldValue ValueIn(const Event& event, const Field& field) {
  if (field.number == Event::kCreatedAtFieldNumber) return MicrosOf(event.created_at());
  if (field.number == Event::kEventTimeFieldNumber) return MicrosOf(event.event_time());
  const auto& reflection = *Event::GetReflection();
  const FieldDescriptor* const descriptor = Event::descriptor()->FindFieldByNumber(field.number);
  if (descriptor->has_presence() && !reflection.HasField(event, descriptor)) {
    return std::monostate();
  }
  switch (descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
      return reflection.GetInt64(event, descriptor);
    case FieldDescriptor::CPPTYPE_UINT64:
      return static_cast<int64_t>(reflection.GetUInt64(event, descriptor));
    case FieldDescriptor::CPPTYPE_ENUM:
      return int64_t{reflection.GetEnumValue(event, descriptor)};
    default:
      break;
  }
  std::string scratch;  // of what is not kept as text
  return TextValue(reflection.GetStringReference(event, descriptor, &scratch));
}

}  // namespace daybook::query
