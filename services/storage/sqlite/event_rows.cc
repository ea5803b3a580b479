#include "storage/sqlite/event_rows.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/redaction.h"
#include "ledger/tree.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::ValueType;
using ::daybook::ledger::Group;

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
  std::optional<Group> group = std::nullopt;
};

constexpr std::array<TextColumn, 15> kTexts = {{
    {"tenant", &Event::tenant, &Event::mutable_tenant},
    {"producer", &Event::producer, &Event::mutable_producer},
    {"action", &Event::action, &Event::mutable_action},
    {"reason", &Event::reason, &Event::mutable_reason},
    {"resource_type", &Event::resource_type, &Event::mutable_resource_type},
    {"resource_id", &Event::resource_id, &Event::mutable_resource_id, Group::kObject},
    {"telegram_id", &Event::telegram_id, &Event::mutable_telegram_id, Group::kSubject},
    {"actor", &Event::actor, &Event::mutable_actor, Group::kSubject},
    {"ip_address", &Event::ip_address, &Event::mutable_ip_address, Group::kClient},
    {"user_agent", &Event::user_agent, &Event::mutable_user_agent, Group::kClient},
    {"trace_id", &Event::trace_id, &Event::mutable_trace_id, Group::kObject},
    {"correlation_id", &Event::correlation_id, &Event::mutable_correlation_id, Group::kObject},
    {"request_id", &Event::request_id, &Event::mutable_request_id, Group::kObject},
    {"details", &Event::details, &Event::mutable_details, Group::kDetails},
    {"public_details", &Event::public_details, &Event::mutable_public_details},
}};

constexpr int kSalt = kFirstText + static_cast<int>(kTexts.size());
constexpr int kLeafVersion = kSalt + 1;
constexpr int kRedaction = kLeafVersion + 1;
constexpr int kColumns = kRedaction + 1;

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

// Of an event from which nothing is erased that of its salt.
absl::StatusOr<ledger::Redaction> ReadRedaction(const Statement& select, const Event& event) {
  const int64_t id = select.Integer(kId);
  if (select.IsNull(kRedaction)) {
    DAYBOOK_ASSIGN_OR_RETURN(const ledger::Salt salt, ReadSalt(select));
    return ledger::Redaction(event, salt);
  }
  if (!select.IsNull(kSalt)) return DamagedRowError(id, "it has a salt and a redaction");
  auto redaction = ledger::Redaction::Parse(select.Bytes(kRedaction));
  if (!redaction.ok()) {
    return DamagedRowError(id, absl::StrCat("redaction: ", redaction.status().message()));
  }
  return redaction;
}

absl::StatusOr<ledger::OpenedLeaf> OpenBy(const ledger::Redaction& redaction, const Event& event) {
  auto leaf = redaction.Open(event);
  if (leaf.ok()) return leaf;
  return DamagedRowError(static_cast<int64_t>(event.seq()),
                         absl::StrCat("redaction: ", leaf.status().message()));
}

absl::StatusOr<ledger::Hash> LeafOfErased(const Event& event, const ledger::Redaction& redaction) {
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::OpenedLeaf leaf, OpenBy(redaction, event));
  return ledger::LeafHash(leaf.bytes);
}

absl::StatusOr<ledger::Hash> LeafOf(const Statement& select, const Event& event) {
  if (!select.IsNull(kRedaction)) {
    DAYBOOK_ASSIGN_OR_RETURN(const ledger::Redaction redaction, ReadRedaction(select, event));
    return LeafOfErased(event, redaction);
  }
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Salt salt, ReadSalt(select));
  return ledger::LeafHashOf(event, salt);
}

bool IsAmong(const std::optional<Group>& group, std::span<const Group> groups) {
  return group && std::find(groups.begin(), groups.end(), *group) != groups.end();
}

void CopyValue(const Statement& select, int column, Statement& insert) {
  switch (select.Type(column)) {
    case ValueType::kNull:
      return insert.BindNull(column + 1);
    case ValueType::kInteger:
      return insert.BindInteger(column + 1, select.Integer(column));
    case ValueType::kReal:
      return insert.BindReal(column + 1, select.Real(column));
    case ValueType::kText:
      return insert.BindText(column + 1, select.Bytes(column));
    case ValueType::kBlob:
      return insert.BindBlob(column + 1, select.Bytes(column));
  }
}

}  // namespace

std::string RowColumns() {
  std::string columns = "id, created_at, event_time, outcome, source, user_id, producer_sequence";
  for (const TextColumn& text : kTexts) absl::StrAppend(&columns, ", ", text.name);
  return absl::StrCat(columns, ", salt, leaf_version, redaction");
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
  insert.BindNull(kRedaction + 1);
}

void CopyRow(const Statement& select, Statement& insert) {
  for (int column = 0; column < kColumns; ++column) CopyValue(select, column, insert);
}

absl::Status CopyErasedRow(const Statement& select, std::span<const Group> groups,
                           std::string& redaction, Statement& insert) {
  CopyRow(select, insert);
  DAYBOOK_ASSIGN_OR_RETURN(Event event, ReadRow(select));
  DAYBOOK_ASSIGN_OR_RETURN(ledger::Redaction kept, ReadRedaction(select, event));
  for (const Group group : groups) kept.Erase(group, event);
  if (!kept.HasErased()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Hash leaf, LeafOfErased(event, kept));
  if (ledger::AsBytes(leaf) != event.leaf_hash()) {
    return absl::InternalError(absl::StrCat("erasing changed the leaf of event ", event.seq()));
  }
  if (IsAmong(Group::kSubject, groups)) insert.BindNull(kUserId + 1);
  int column = kFirstText;
  for (const TextColumn& text : kTexts) {
    if (IsAmong(text.group, groups)) insert.BindNull(column + 1);
    ++column;
  }
  redaction = kept.Bytes();
  insert.BindNull(kSalt + 1);
  insert.BindBlob(kRedaction + 1, redaction);
  return absl::OkStatus();
}

std::string HasFieldsSql(std::span<const Group> groups) {
  std::vector<std::string> conditions;
  if (IsAmong(Group::kSubject, groups)) conditions.emplace_back("user_id IS NOT NULL");
  for (const TextColumn& text : kTexts) {
    if (IsAmong(text.group, groups)) conditions.push_back(absl::StrCat(text.name, " IS NOT NULL"));
  }
  return absl::StrCat("(", absl::StrJoin(conditions, " OR "), ")");
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
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Hash leaf, LeafOf(select, event));
  event.set_leaf_hash(std::string(ledger::AsBytes(leaf)));
  return event;
}

absl::StatusOr<ledger::OpenedLeaf> ReadLeaf(const Statement& select) {
  DAYBOOK_ASSIGN_OR_RETURN(const Event event, ReadColumns(select));
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Redaction redaction, ReadRedaction(select, event));
  return OpenBy(redaction, event);
}

}  // namespace daybook::storage::sqlite
