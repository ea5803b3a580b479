#include "query/match.h"

#include <string>

#include "core/timestamp.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "query/holds.h"

namespace daybook::query {
namespace {

using ::daybook::audit::v1::Event;
using ::google::protobuf::FieldDescriptor;

int64_t TimeIn(const Event& event, int number) {
  return MicrosOf(number == Event::kCreatedAtFieldNumber ? event.created_at() : event.event_time());
}

// '' is absent.
bool HoldsForTextOrJson(const Term& term, const std::string& text) {
  if (text.empty()) return false;
  return term.field->kind == FieldKind::kJson ? HoldsForJson(term, text) : HoldsForText(term, text);
}

bool Holds(const Term& term, const Event& event) {
  const Field& field = *term.field;
  if (field.kind == FieldKind::kTime) return HoldsForInteger(term, TimeIn(event, field.number));
  const auto& reflection = *Event::GetReflection();
  const FieldDescriptor* const descriptor = Event::descriptor()->FindFieldByNumber(field.number);
  if (descriptor->has_presence() && !reflection.HasField(event, descriptor)) return false;
  switch (descriptor->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT64:
      return HoldsForInteger(term, reflection.GetInt64(event, descriptor));
    case FieldDescriptor::CPPTYPE_UINT64:
      return HoldsForInteger(term, static_cast<int64_t>(reflection.GetUInt64(event, descriptor)));
    case FieldDescriptor::CPPTYPE_ENUM:
      return HoldsForInteger(term, int64_t{reflection.GetEnumValue(event, descriptor)});
    default:
      break;
  }
  std::string scratch;
  return HoldsForTextOrJson(term, reflection.GetStringReference(event, descriptor, &scratch));
}

}  // namespace

bool Matches(const Filter& filter, const Event& event) {
  const auto judge = [&event](const Term& term) {
    return Holds(term, event) ? Verdict::kYes : Verdict::kNo;
  };
  return filter.Judge(judge) == Verdict::kYes;
}

}  // namespace daybook::query
