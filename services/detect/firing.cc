#include "detect/firing.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "core/errors.h"
#include "detect/group_key.h"
#include "detect/rules_file.h"
#include "ledger/hash.h"
#include "query/json_value.h"

namespace daybook::detect {
namespace {

using ::daybook::audit::v1::Detection;
using ::daybook::audit::v1::Event;
using ::daybook::audit::v1::GroupBy;

constexpr Micros kMicrosInSecond = 1'000'000;
constexpr absl::string_view kSeverityPrefix = "SEVERITY_";

// The fields of the event that a value may stand in are of the same name. The others say
// of the event itself what it is: their values are codes, and public.
bool IsPublic(GroupBy field) {
  return field == audit::v1::GROUP_BY_ACTION || field == audit::v1::GROUP_BY_OUTCOME ||
         field == audit::v1::GROUP_BY_PRODUCER;
}

void SetKey(GroupBy field, const std::string& value, Event& event) {
  int64_t number = 0;
  switch (field) {
    case audit::v1::GROUP_BY_TELEGRAM_ID:
      return event.set_telegram_id(value);
    case audit::v1::GROUP_BY_USER_ID:
      if (absl::SimpleAtoi(value, &number)) event.set_user_id(number);
      return;
    case audit::v1::GROUP_BY_ACTOR:
      return event.set_actor(value);
    case audit::v1::GROUP_BY_IP_ADDRESS:
      return event.set_ip_address(value);
    case audit::v1::GROUP_BY_RESOURCE_TYPE:
      return event.set_resource_type(value);
    case audit::v1::GROUP_BY_TENANT:
      return event.set_tenant(value);
    default:  // the enum is open, and the rest is public
      return;
  }
}

// Codes and names of fields need no escapes, but a producer may be called anything.
std::string Quoted(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20U) {
      absl::StrAppend(&json, "\\u00", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
      continue;
    }
    if (c == '"' || c == '\\') json.push_back('\\');
    json.push_back(c);
  }
  return json + "\"";
}

std::string PublicDetails(const Firing& firing) {
  const Rule& rule = *firing.rule;
  std::vector<std::string> fields;
  std::vector<std::string> codes;
  fields.reserve(rule.group_by.size());
  for (size_t i = 0; i < rule.group_by.size(); ++i) {
    fields.push_back(Quoted(FieldName(rule.group_by[i])));
    if (IsPublic(rule.group_by[i])) {
      codes.push_back(absl::StrCat(fields.back(), ":", Quoted(firing.keys[i])));
    }
  }
  const absl::string_view severity =
      absl::StripPrefix(audit::v1::Severity_Name(rule.severity), kSeverityPrefix);
  return absl::StrCat(R"({"rule":)", Quoted(rule.name), R"(,"severity":)", Quoted(severity),
                      R"(,"window_seconds":)", rule.window / kMicrosInSecond, R"(,"threshold":)",
                      rule.threshold, R"(,"count":)", firing.count, R"(,"group_by":[)",
                      absl::StrJoin(fields, ","), R"(],"keys":{)", absl::StrJoin(codes, ","), "}}");
}

std::optional<absl::string_view> Member(absl::string_view object, const char* name) {
  const std::array<std::string, 1> path = {name};
  return query::MemberAt(object, path);
}

std::string TextAt(absl::string_view object, const char* name) {
  const auto value = Member(object, name);
  return value && !value->empty() && value->front() == '"' ? query::Unescaped(*value) : "";
}

uint64_t NumberAt(absl::string_view object, const char* name) {
  uint64_t number = 0;
  const auto value = Member(object, name);
  if (!value || !absl::SimpleAtoi(*value, &number)) return 0;
  return number;
}

std::vector<GroupBy> FieldsIn(absl::string_view public_details) {
  std::vector<GroupBy> fields;
  const auto list = Member(public_details, "group_by");
  if (!list || list->empty() || list->front() != '[') return fields;
  query::JsonElements elements(*list);
  while (const auto element = elements.Next()) {
    if (const auto field = FieldNamed(query::Unescaped(*element))) fields.push_back(*field);
  }
  return fields;
}

std::vector<std::string> KeysIn(const Event& event, std::span<const GroupBy> fields) {
  std::vector<std::string> keys;
  keys.reserve(fields.size());
  const absl::string_view codes = Member(event.public_details(), "keys").value_or("{}");
  for (const GroupBy field : fields) {
    keys.push_back(IsPublic(field) ? TextAt(codes, FieldName(field).c_str())
                                   : ValueOf(event, field).value_or(""));
  }
  return keys;
}

bool IsFiring(const Event& event) {
  return event.source() == audit::v1::SOURCE_SERVICE && event.action() == kFiredAction;
}

}  // namespace

absl::StatusOr<std::string> FiringsFilter(absl::string_view rule) {
  std::string filter = absl::StrCat("action = \"", kFiredAction, "\" AND source = SERVICE");
  if (rule.empty()) return filter;
  if (!IsRuleName(rule)) {
    return InvalidFieldError({.reason = Reason::kFieldInvalid,
                              .field = "rule",
                              .description = "must be the name of a rule: 1 to 64 of a-z 0-9 _, "
                                             "beginning with a letter"});
  }
  absl::StrAppend(&filter, " AND public_details.rule = \"", rule, "\"");
  return filter;
}

Event EventOf(const Firing& firing) {
  Event event;
  event.set_action(kFiredAction);
  SetTimestamp(firing.fired_at, event.mutable_event_time());
  event.set_public_details(PublicDetails(firing));
  event.set_details(absl::StrCat(R"({"seqs":[)", absl::StrJoin(firing.seqs, ","), "]}"));
  for (size_t i = 0; i < firing.keys.size(); ++i) {
    SetKey(firing.rule->group_by[i], firing.keys[i], event);
  }
  return event;
}

std::string RequestIdOf(const Firing& firing) {
  constexpr size_t kDigits = 40;
  const ledger::Hash hash = ledger::Sha256(
      absl::StrCat(firing.rule->name, "\n", absl::StrJoin(firing.seqs, ","), "\n", firing.fired_at,
                   "\n", absl::StrJoin(firing.keys, absl::string_view("\0", 1))));
  return absl::StrCat("detection:", ledger::ToHex(hash).substr(0, kDigits));
}

std::optional<Fired> FiredIn(const Event& event) {
  if (!IsFiring(event)) return std::nullopt;
  Fired fired{.rule = TextAt(event.public_details(), "rule"),
              .group_by = FieldsIn(event.public_details()),
              .keys = {},
              .fired_at = MicrosOf(event.event_time())};
  fired.keys = KeysIn(event, fired.group_by);
  return fired;
}

std::optional<Detection> DetectionOf(const Event& event) {
  const std::optional<Fired> fired = FiredIn(event);
  if (!fired) return std::nullopt;
  const std::string& said = event.public_details();
  Detection detection;
  detection.set_seq(event.seq());
  detection.set_rule(fired->rule);
  for (const std::string& key : fired->keys) detection.add_keys(key);
  detection.set_count(NumberAt(said, "count"));
  SetTimestamp(fired->fired_at, detection.mutable_fire_time());
  if (!event.details().empty()) {
    query::JsonElements seqs(Member(event.details(), "seqs").value_or("[]"));
    while (const auto seq = seqs.Next()) {
      uint64_t number = 0;
      if (absl::SimpleAtoi(*seq, &number)) detection.add_sample_seqs(number);
    }
  }
  for (const GroupBy field : fired->group_by) detection.add_group_by(field);
  audit::v1::Severity severity = audit::v1::SEVERITY_UNSPECIFIED;
  audit::v1::Severity_Parse(absl::StrCat(kSeverityPrefix, TextAt(said, "severity")), &severity);
  detection.set_severity(severity);
  detection.set_threshold(static_cast<uint32_t>(NumberAt(said, "threshold")));
  detection.mutable_window()->set_seconds(static_cast<int64_t>(NumberAt(said, "window_seconds")));
  *detection.mutable_record_time() = event.created_at();
  return detection;
}

}  // namespace daybook::detect
