#include "daybook/event_table.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "core/timestamp.h"
#include "daybook/terminal_text.h"
#include "google/protobuf/descriptor.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;
using ::google::protobuf::FieldDescriptor;

// To how many columns of the terminal what is longest may be cut.
constexpr size_t kLeastText = 6;
constexpr size_t kLeastAddress = 4;

std::string OutcomeOf(const Event& event) {
  return std::string(absl::StripPrefix(audit::v1::Outcome_Name(event.outcome()), "OUTCOME_"));
}

std::string WhoOf(const Event& event) {
  std::vector<std::string> names;
  if (event.has_user_id()) names.push_back(absl::StrCat("user ", event.user_id()));
  if (!event.telegram_id().empty()) names.push_back(absl::StrCat("telegram ", event.telegram_id()));
  if (!event.actor().empty()) names.push_back(event.actor());
  return absl::StrJoin(names, ", ");
}

std::string ResourceOf(const Event& event) {
  if (event.resource_id().empty()) return event.resource_type();
  return absl::StrCat(event.resource_type(), "/", event.resource_id());
}

std::string ValueForPeople(const Event& event, const FieldDescriptor& field, absl::TimeZone zone) {
  const auto& reflection = *Event::GetReflection();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(reflection.GetUInt64(event, &field));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(reflection.GetInt64(event, &field));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const std::string& name = reflection.GetEnum(event, &field)->name();
      return name.substr(name.find('_') + 1);
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return TimeForPeople(
          field.number() == Event::kCreatedAtFieldNumber ? event.created_at() : event.event_time(),
          zone);
    default:
      break;
  }
  const std::string text = reflection.GetString(event, &field);
  return field.type() == FieldDescriptor::TYPE_BYTES ? absl::BytesToHexString(text)
                                                     : ForTerminal(text);
}

}  // namespace

std::string TimeForPeople(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  return absl::FormatTime("%E4Y-%m-%d %H:%M:%E3S %Ez", absl::FromUnixMicros(MicrosOf(time)), zone);
}

Cell TimeCell(const google::protobuf::Timestamp& time, absl::TimeZone zone) {
  return {.text = TimeForPeople(time, zone),
          .brief = absl::FormatTime("%E4Y-%m-%d %H:%M:%S %Ez", absl::FromUnixMicros(MicrosOf(time)),
                                    zone)};
}

Emphasis EmphasisOf(audit::v1::Outcome outcome) {
  switch (outcome) {
    case audit::v1::OUTCOME_FAILURE:
      return Emphasis::kBad;
    case audit::v1::OUTCOME_DENIED:
      return Emphasis::kWarning;
    default:
      return Emphasis::kPlain;
  }
}

std::vector<Column> EventColumns() {
  return {{.name = "SEQ"},
          {.name = "RECORDED"},
          {.name = "OUTCOME"},
          {.name = "ACTION", .least = kLeastText},
          {.name = "WHO", .least = kLeastText},
          {.name = "RESOURCE", .least = kLeastText},
          {.name = "FROM", .least = kLeastAddress}};
}

std::vector<Cell> EventRow(const Event& event, absl::TimeZone zone) {
  return {{.text = absl::StrCat(event.seq())},
          TimeCell(event.created_at(), zone),
          {.text = OutcomeOf(event), .emphasis = EmphasisOf(event.outcome())},
          {.text = event.action()},
          {.text = WhoOf(event)},
          {.text = ResourceOf(event)},
          {.text = event.ip_address()}};
}

void PrintEvent(const Event& event, absl::TimeZone zone, std::ostream& out) {
  constexpr size_t kNameWidth = 18;
  const auto& descriptor = *Event::descriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (!Event::GetReflection()->HasField(event, &field)) continue;
    out << Fit(field.name(), kNameWidth) << ValueForPeople(event, field, zone) << '\n';
  }
}

}  // namespace daybook::cli
