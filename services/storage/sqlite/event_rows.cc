#include "storage/sqlite/event_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/leaf.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Statement;

// Numbers, then texts, then what only the store knows.
enum Column {
  kId,
  kCreatedAt,
  kEventTime,
  kOutcome,
  kSource,
  kUserId,
  kProducerSequence,
  kFirstText
};

struct TextColumn {
  const char* name;
  const std::string& (Event::*get)() const;
  std::string* (Event::*mutate)();
};

constexpr std::array<TextColumn, 15> kTexts = {{
    {"tenant", &Event::tenant, &Event::mutable_tenant},
    {"producer", &Event::producer, &Event::mutable_producer},
    {"action", &Event::action, &Event::mutable_action},
    {"reason", &Event::reason, &Event::mutable_reason},
    {"resource_type", &Event::resource_type, &Event::mutable_resource_type},
    {"resource_id", &Event::resource_id, &Event::mutable_resource_id},
    {"telegram_id", &Event::telegram_id, &Event::mutable_telegram_id},
    {"actor", &Event::actor, &Event::mutable_actor},
    {"ip_address", &Event::ip_address, &Event::mutable_ip_address},
    {"user_agent", &Event::user_agent, &Event::mutable_user_agent},
    {"trace_id", &Event::trace_id, &Event::mutable_trace_id},
    {"correlation_id", &Event::correlation_id, &Event::mutable_correlation_id},
    {"request_id", &Event::request_id, &Event::mutable_request_id},
    {"details", &Event::details, &Event::mutable_details},
    {"public_details", &Event::public_details, &Event::mutable_public_details},
}};

constexpr int kSalt = kFirstText + static_cast<int>(kTexts.size());
constexpr int kLeafVersion = kSalt + 1;
constexpr int kColumns = kLeafVersion + 1;

std::string ParameterList() {
  std::array<std::string, kColumns> parameters;
  for (size_t i = 0; i < parameters.size(); ++i) parameters[i] = absl::StrCat("?", i + 1);
  return absl::StrJoin(parameters, ", ");
}

absl::Status DamagedRowError(int64_t id, absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat("event ", id, ": ", what));
}

absl::StatusOr<ledger::Salt> ReadSalt(const Statement& select) {
  ledger::Salt salt{};
  if (select.IsNull(kSalt)) return salt;
  const absl::string_view stored = select.Bytes(kSalt);
  if (stored.size() != salt.size())
    return DamagedRowError(select.Integer(kId), "salt is not 32 bytes");
  std::copy(stored.begin(), stored.end(), salt.begin());
  return salt;
}

// The event, without its leaf_hash.
absl::StatusOr<Event> ReadColumns(const Statement& select) {
  if (select.Integer(kLeafVersion) != ledger::kLeafVersion) {
    return DamagedRowError(select.Integer(kId), "a leaf version that this build does not know");
  }
  Event event;
  event.set_seq(static_cast<uint64_t>(select.Integer(kId)));
  SetTimestamp(select.Integer(kCreatedAt), event.mutable_created_at());
  SetTimestamp(select.Integer(kEventTime), event.mutable_event_time());
  event.set_outcome(static_cast<audit::v1::Outcome>(select.Integer(kOutcome)));
  event.set_source(static_cast<audit::v1::Source>(select.Integer(kSource)));
  if (!select.IsNull(kUserId)) event.set_user_id(select.Integer(kUserId));
  if (!select.IsNull(kProducerSequence)) {
    event.set_producer_sequence(static_cast<uint64_t>(select.Integer(kProducerSequence)));
  }
  int column = kFirstText;
  for (const TextColumn& text : kTexts) {
    if (!select.IsNull(column)) *(event.*text.mutate)() = select.Text(column);
    ++column;
  }
  return event;
}

}  // namespace

std::string RowColumns() {
  std::string columns = "id, created_at, event_time, outcome, source, user_id, producer_sequence";
  for (const TextColumn& text : kTexts) absl::StrAppend(&columns, ", ", text.name);
  return absl::StrCat(columns, ", salt, leaf_version");
}

std::string InsertSql() {
  return absl::StrCat("INSERT INTO audit_logs (", RowColumns(), ") VALUES (", ParameterList(), ")");
}

void BindRow(const NewEvent& fresh, Seq seq, Micros created_at, Statement& insert) {
  const Event& event = fresh.event();
  const auto bind_if = [&insert](int column, bool present, int64_t value) {
    present ? insert.BindInteger(column + 1, value) : insert.BindNull(column + 1);
  };
  insert.BindInteger(kId + 1, static_cast<int64_t>(seq.value()));
  insert.BindInteger(kCreatedAt + 1, created_at);
  insert.BindInteger(kEventTime + 1, fresh.checked().event_time().value_or(created_at));
  insert.BindInteger(kOutcome + 1, event.outcome());
  insert.BindInteger(kSource + 1, event.source());
  bind_if(kUserId, event.has_user_id(), event.user_id());
  bind_if(kProducerSequence, event.has_producer_sequence(),
          static_cast<int64_t>(event.producer_sequence()));
  int parameter = kFirstText + 1;
  for (const TextColumn& text : kTexts) {
    const std::string& value = (event.*text.get)();
    value.empty() ? insert.BindNull(parameter) : insert.BindText(parameter, value);
    ++parameter;
  }
  if (fresh.salt()) {
    insert.BindBlob(kSalt + 1,
                    {reinterpret_cast<const char*>(fresh.salt()->data()), fresh.salt()->size()});
  } else {
    insert.BindNull(kSalt + 1);
  }
  insert.BindInteger(kLeafVersion + 1, ledger::kLeafVersion);
}

std::string LookupColumns() {
  return "id, created_at, event_time, outcome, user_id, action, telegram_id, actor, resource_id,"
         " producer, request_id";
}

Event ReadLookups(const Statement& select) {
  constexpr std::array<std::string* (Event::*)(), 6> kLookupTexts = {
      &Event::mutable_action,      &Event::mutable_telegram_id, &Event::mutable_actor,
      &Event::mutable_resource_id, &Event::mutable_producer,    &Event::mutable_request_id};
  Event event;
  event.set_seq(static_cast<uint64_t>(select.Integer(0)));
  SetTimestamp(select.Integer(1), event.mutable_created_at());
  SetTimestamp(select.Integer(2), event.mutable_event_time());
  event.set_outcome(static_cast<audit::v1::Outcome>(select.Integer(3)));
  if (!select.IsNull(4)) event.set_user_id(select.Integer(4));
  int column = 5;
  for (const auto mutate : kLookupTexts) {
    if (!select.IsNull(column)) *(event.*mutate)() = select.Text(column);
    ++column;
  }
  return event;
}

absl::StatusOr<Event> ReadRow(const Statement& select) {
  DAYBOOK_ASSIGN_OR_RETURN(Event event, ReadColumns(select));
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Salt salt, ReadSalt(select));
  event.set_leaf_hash(std::string(ledger::AsBytes(ledger::LeafHashOf(event, salt))));
  return event;
}

absl::StatusOr<ledger::OpenedLeaf> ReadLeaf(const Statement& select) {
  DAYBOOK_ASSIGN_OR_RETURN(const Event event, ReadColumns(select));
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Salt salt, ReadSalt(select));
  return ledger::OpenLeaf(event, salt);
}

}  // namespace daybook::storage::sqlite
