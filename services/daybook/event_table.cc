#include "daybook/event_table.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "core/timestamp.h"
#include "daybook/terminal_text.h"
#include "daybook/text_table.h"
#include "google/protobuf/descriptor.h"

namespace daybook::cli {
namespace {

using ::daybook::audit::v1::Event;
using ::google::protobuf::FieldDescriptor;

using Row = std::vector<std::string>;

const Row& Header() {
  static const Row* const header =
      new Row{"SEQ", "RECORDED", "OUTCOME", "ACTION", "WHO", "RESOURCE", "FROM"};
  return *header;
}

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

Row RowOf(const Event& event, absl::TimeZone zone) {
  Row row = {absl::StrCat(event.seq()),
             TimeForPeople(event.created_at(), zone),
             OutcomeOf(event),
             event.action(),
             WhoOf(event),
             ResourceOf(event),
             event.ip_address()};
  for (std::string& cell : row) cell = ForTerminal(cell);
  return row;
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

void PrintTable(const std::vector<Event>& events, absl::TimeZone zone, std::ostream& out) {
  std::vector<Row> rows = {Header()};
  for (const Event& event : events) rows.push_back(RowOf(event, zone));
  PrintRows(rows, out);
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
