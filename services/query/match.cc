#include "query/match.h"

#include <algorithm>
#include <optional>

#include "core/timestamp.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace daybook::query {
namespace {

using ::daybook::audit::v1::Event;
using ::google::protobuf::FieldDescriptor;

std::optional<int64_t> TimeIn(const Event& event, int number) {
  if (number == Event::kCreatedAtFieldNumber) return MicrosOf(event.created_at());
  return MicrosOf(event.event_time());
}

// The value of a field, or nothing where it is absent.
std::optional<Value> ValueIn(const Event& event, const Field& field) {
  if (field.kind == FieldKind::kTime) return TimeIn(event, field.number);
  const auto& reflection = *Event::GetReflection();
  const FieldDescriptor* const descriptor = Event::descriptor()->FindFieldByNumber(field.number);
  if (descriptor->has_presence() && !reflection.HasField(event, descriptor)) return std::nullopt;
  switch (descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
      return Value(reflection.GetInt64(event, descriptor));
    case FieldDescriptor::CPPTYPE_UINT64:
      return Value(static_cast<int64_t>(reflection.GetUInt64(event, descriptor)));
    case FieldDescriptor::CPPTYPE_ENUM:
      return Value(int64_t{reflection.GetEnumValue(event, descriptor)});
    default:
      break;
  }
  std::string text = reflection.GetString(event, descriptor);
  if (text.empty()) return std::nullopt;  // '' is absent
  return Value(std::move(text));
}

}  // namespace

bool Matches(const Filter& filter, const Event& event) {
  return std::all_of(filter.terms().begin(), filter.terms().end(), [&event](const Term& term) {
    return ValueIn(event, *term.field) == term.value;
  });
}

}  // namespace daybook::query
