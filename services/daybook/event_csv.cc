#include "daybook/event_csv.h"

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "core/timestamp.h"
#include "google/protobuf/descriptor.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;
using ::google::protobuf::FieldDescriptor;

// FAILURE of OUTCOME_FAILURE, as filters write it.
std::string ShortName(const google::protobuf::EnumValueDescriptor& value) {
  return value.name().substr(value.name().find('_') + 1);
}

CsvValue ValueOf(const Event& event, const FieldDescriptor& field) {
  const auto& reflection = *Event::GetReflection();
  if (!reflection.HasField(event, &field)) return {};
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT64:
      return {.value = absl::StrCat(reflection.GetUInt64(event, &field))};
    case FieldDescriptor::CPPTYPE_INT64:
      return {.value = absl::StrCat(reflection.GetInt64(event, &field))};
    case FieldDescriptor::CPPTYPE_ENUM:
      return {.value = ShortName(*reflection.GetEnum(event, &field))};
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return {.value = FormatTime(MicrosOf(field.number() == Event::kCreatedAtFieldNumber
                                               ? event.created_at()
                                               : event.event_time()))};
    default:
      break;
  }
  std::string text = reflection.GetString(event, &field);
  if (field.type() == FieldDescriptor::TYPE_BYTES) return {.value = absl::BytesToHexString(text)};
  return {.value = std::move(text), .is_text = true};
}

}  // namespace

std::vector<CsvValue> EventCsvNames() {
  const auto& descriptor = *Event::descriptor();
  std::vector<CsvValue> names;
  names.reserve(static_cast<size_t>(descriptor.field_count()));
  for (int i = 0; i < descriptor.field_count(); ++i) {
    names.push_back({.value = descriptor.field(i)->name()});
  }
  return names;
}

std::vector<CsvValue> EventCsvValues(const Event& event) {
  const auto& descriptor = *Event::descriptor();
  std::vector<CsvValue> values;
  values.reserve(static_cast<size_t>(descriptor.field_count()));
  for (int i = 0; i < descriptor.field_count(); ++i) {
    values.push_back(ValueOf(event, *descriptor.field(i)));
  }
  return values;
}

}  // namespace daybook::cli
