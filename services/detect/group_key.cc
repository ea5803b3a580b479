#include "detect/group_key.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace daybook::detect {

using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::GroupBy;

std::string FieldName(GroupBy field) {
  return absl::AsciiStrToLower(absl::StripPrefix(audit::v1::GroupBy_Name(field), "GROUP_BY_"));
}

std::optional<GroupBy> FieldNamed(absl::string_view name) {
  GroupBy field = audit::v1::GROUP_BY_UNSPECIFIED;
  const std::string full = absl::StrCat("GROUP_BY_", absl::AsciiStrToUpper(name));
  if (!audit::v1::GroupBy_Parse(full, &field) || field == audit::v1::GROUP_BY_UNSPECIFIED) {
    return std::nullopt;
  }
  return field;
}

std::optional<std::string> ValueOf(const Event& event, GroupBy field) {
  const auto text = [](const std::string& value) -> std::optional<std::string> {
    if (value.empty()) return std::nullopt;
    return value;
  };
  switch (field) {
    case audit::v1::GROUP_BY_TELEGRAM_ID:
      return text(event.telegram_id());
    case audit::v1::GROUP_BY_USER_ID:
      if (!event.has_user_id()) return std::nullopt;
      return absl::StrCat(event.user_id());
    case audit::v1::GROUP_BY_ACTOR:
      return text(event.actor());
    case audit::v1::GROUP_BY_ACTION:
      return text(event.action());
    case audit::v1::GROUP_BY_OUTCOME:
      return std::string(absl::StripPrefix(audit::v1::Outcome_Name(event.outcome()), "OUTCOME_"));
    case audit::v1::GROUP_BY_IP_ADDRESS:
      return text(event.ip_address());
    case audit::v1::GROUP_BY_RESOURCE_TYPE:
      return text(event.resource_type());
    case audit::v1::GROUP_BY_PRODUCER:
      return text(event.producer());
    case audit::v1::GROUP_BY_TENANT:
      return text(event.tenant());
    default:  // the enum is open: what no rule may ask for
      return std::nullopt;
  }
}

std::optional<std::vector<std::string>> KeyOf(const Event& event, std::span<const GroupBy> fields) {
  std::vector<std::string> values;
  values.reserve(fields.size());
  for (const GroupBy field : fields) {
    std::optional<std::string> value = ValueOf(event, field);
    if (!value) return std::nullopt;
    values.push_back(*std::move(value));
  }
  return values;
}

}  // namespace daybook::detect
