#include "query/field.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "daybook/schema/v1/rules.pb.h"
#include "google/protobuf/descriptor.h"

namespace daybook::query {
namespace {

using ::daybook::audit::v1::Event;

FieldKind KindOf(const google::protobuf::FieldDescriptor& field, const schema::v1::Rule& rule) {
  if (rule.has_int64()) return FieldKind::kInteger;
  if (rule.has_time()) return FieldKind::kTime;
  if (field.number() == Event::kOutcomeFieldNumber) return FieldKind::kOutcome;
  if (field.number() == Event::kSourceFieldNumber) return FieldKind::kSource;
  if (rule.string().json_object()) return FieldKind::kJson;
  return rule.string().ip_address() ? FieldKind::kIpAddress : FieldKind::kText;
}

// Every column.
std::vector<Field> DeclaredFields() {
  std::vector<Field> fields;
  const auto& event = *Event::descriptor();
  for (int i = 0; i < event.field_count(); ++i) {
    const auto& field = *event.field(i);
    if (!field.options().HasExtension(schema::v1::column)) continue;
    const schema::v1::Column& column = field.options().GetExtension(schema::v1::column);
    fields.push_back({.name = field.name(),
                      .number = field.number(),
                      .kind = KindOf(field, column.rule()),
                      .column = column.name().empty() ? field.name() : column.name()});
  }
  return fields;
}

}  // namespace

std::string TextOfNumber(const Field& field, int64_t number) {
  const int name = static_cast<int>(number);
  switch (field.kind) {
    case FieldKind::kOutcome:
      return std::string(absl::StripPrefix(audit::v1::Outcome_Name(name), "OUTCOME_"));
    case FieldKind::kSource:
      return std::string(absl::StripPrefix(audit::v1::Source_Name(name), "SOURCE_"));
    case FieldKind::kTime:
      return FormatTime(number);
    case FieldKind::kText:
    case FieldKind::kInteger:
    case FieldKind::kIpAddress:
    case FieldKind::kJson:
      return absl::StrCat(number);
  }
  return "";
}

std::span<const Field> AllFields() {
  static const std::vector<Field>* const fields = new std::vector<Field>(DeclaredFields());
  return *fields;
}

const Field* FindField(absl::string_view name) {
  for (const Field& field : AllFields()) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

}  // namespace daybook::query
