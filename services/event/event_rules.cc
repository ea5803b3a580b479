#include "event/event_rules.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/schema/v1/rules.pb.h"

namespace daybook::event {
namespace {

using ::daybook::audit::v1::Event;

// The request_id of a request lies beside its event; every other field that a
// client sets lies in it.
std::string PathOf(const google::protobuf::FieldDescriptor& field) {
  if (field.number() == Event::kRequestIdFieldNumber) return "request_id";
  return absl::StrCat("event.", field.name());
}

Reason ReasonFor(const std::string& path, const std::string& value) {
  if (path == "event.action" && value.empty()) return Reason::kActionRequired;
  if (path == "event.details" && value.size() > schema::kMaxDetailsBytes) {
    return Reason::kEventTooLarge;
  }
  return Reason::kFieldInvalid;
}

}  // namespace

EventRules::ReadText EventRules::TextReader(int field_number) {
  switch (field_number) {
    case Event::kActionFieldNumber:
      return &Event::action;
    case Event::kReasonFieldNumber:
      return &Event::reason;
    case Event::kTelegramIdFieldNumber:
      return &Event::telegram_id;
    case Event::kActorFieldNumber:
      return &Event::actor;
    case Event::kResourceTypeFieldNumber:
      return &Event::resource_type;
    case Event::kResourceIdFieldNumber:
      return &Event::resource_id;
    case Event::kDetailsFieldNumber:
      return &Event::details;
    case Event::kIpAddressFieldNumber:
      return &Event::ip_address;
    case Event::kUserAgentFieldNumber:
      return &Event::user_agent;
    case Event::kTenantFieldNumber:
      return &Event::tenant;
    case Event::kProducerFieldNumber:
      return &Event::producer;
    case Event::kTraceIdFieldNumber:
      return &Event::trace_id;
    case Event::kCorrelationIdFieldNumber:
      return &Event::correlation_id;
    case Event::kRequestIdFieldNumber:
      return &Event::request_id;
    case Event::kPublicDetailsFieldNumber:
      return &Event::public_details;
    default:
      return nullptr;
  }
}

EventRules::ReadInteger EventRules::IntegerReader(int field_number) {
  switch (field_number) {
    case Event::kSeqFieldNumber:
      return [](const Event& event) -> std::optional<absl::int128> { return event.seq(); };
    case Event::kUserIdFieldNumber:
      return [](const Event& event) -> std::optional<absl::int128> {
        if (!event.has_user_id()) return std::nullopt;
        return event.user_id();
      };
    case Event::kProducerSequenceFieldNumber:
      return [](const Event& event) -> std::optional<absl::int128> {
        if (!event.has_producer_sequence()) return std::nullopt;
        return event.producer_sequence();
      };
    default:
      return nullptr;
  }
}

absl::Status EventRules::Add(const google::protobuf::FieldDescriptor& field) {
  const schema::v1::Rule& rule = field.options().GetExtension(schema::v1::column).rule();
  if (rule.has_string()) {
    const ReadText read = TextReader(field.number());
    if (read == nullptr) return absl::InternalError(absl::StrCat("no reader for ", field.name()));
    DAYBOOK_ASSIGN_OR_RETURN(schema::TextRule compiled, schema::TextRule::Compile(rule.string()));
    if (field.number() == Event::kProducerFieldNumber) producer_ = compiled;
    text_fields_.push_back({.read = read, .path = PathOf(field), .rule = std::move(compiled)});
  }
  if (rule.has_int64()) {
    const ReadInteger read = IntegerReader(field.number());
    if (read == nullptr) return absl::InternalError(absl::StrCat("no reader for ", field.name()));
    integer_fields_.push_back(
        {.read = read, .path = PathOf(field), .rule = schema::IntegerRule(rule.int64())});
  }
  return absl::OkStatus();
}

absl::StatusOr<EventRules> EventRules::Compile() {
  EventRules rules;
  const google::protobuf::Descriptor& event = *Event::descriptor();
  for (int i = 0; i < event.field_count(); ++i) {
    if (!event.field(i)->options().HasExtension(schema::v1::column)) continue;
    DAYBOOK_RETURN_IF_ERROR(rules.Add(*event.field(i)));
  }
  return rules;
}

std::vector<FieldViolation> EventRules::Broken(const Event& event) const {
  std::vector<FieldViolation> violations;
  for (const TextField& field : text_fields_) {
    const std::string& value = (event.*field.read)();
    if (auto broken = field.rule.Broken(value)) {
      violations.push_back({.reason = ReasonFor(field.path, value),
                            .field = field.path,
                            .description = *std::move(broken)});
    }
  }
  for (const IntegerField& field : integer_fields_) {
    if (auto broken = field.rule.Broken(field.read(event))) {
      violations.push_back({.reason = Reason::kFieldInvalid,
                            .field = field.path,
                            .description = *std::move(broken)});
    }
  }
  return violations;
}

}  // namespace daybook::event
