#include "daybook/importer/row_mapper.h"

#include <algorithm>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "core/errors.h"
#include "daybook/importer/event_time.h"
#include "event/checked_event.h"
#include "schema/json_object.h"
#include "schema/utf8.h"
#include "telemetry/log.h"

namespace daybook::cli::importer {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::ValueType;

void Add(Column column, std::string description, std::vector<Problem>& problems) {
  problems.push_back(
      {.column = kColumnNames[static_cast<size_t>(column)], .description = std::move(description)});
}

// Where a table says nothing of types, ids may well be numbers.
std::string TextOf(const SourceRow& row, Column column, std::vector<Problem>& problems) {
  const Cell& cell = row[column];
  switch (cell.type) {
    case ValueType::kNull:
      return "";
    case ValueType::kInteger:
      return absl::StrCat(cell.integer);
    case ValueType::kText:
      return cell.bytes;
    case ValueType::kReal:
      Add(column, "must be text or an integer, and not a floating point number", problems);
      return "";
    case ValueType::kBlob:
      Add(column, "must be text, and not a blob", problems);
      return "";
  }
  return "";
}

void SetUserId(const Cell& cell, MappedRow& mapped) {
  if (cell.type == ValueType::kNull) return;
  int64_t number = cell.integer;
  // 007 is another user than 7 to whoever keeps ids as text.
  const bool is_number = cell.type == ValueType::kInteger ||
                         (cell.type == ValueType::kText && absl::SimpleAtoi(cell.bytes, &number) &&
                          absl::StrCat(number) == cell.bytes);
  if (!is_number) return Add(Column::kUserId, "must be an integer", mapped.problems);
  mapped.event.set_user_id(number);
}

// The column that a field of the contract comes from.
std::string ColumnOf(absl::string_view field) {
  if (field == "event.event_time") return "created_at";
  return std::string(absl::StripPrefix(field, "event."));
}

// Judges the event as the service will, and brings it to the form it will have
// there. What a column is blamed for already is blamed once.
void CheckEvent(const event::EventRules& rules, absl::Time now, MappedRow& mapped) {
  const auto event = std::make_shared<Event>(std::move(mapped.event));
  const absl::Status status =
      event::CheckedEvent::Check(rules, event, event::Provenance(), now).status();
  mapped.event = std::move(*event);
  if (status.ok()) return;
  const std::vector<Problem> known = mapped.problems;
  const google::rpc::BadRequest broken = BadRequestIn(status);
  for (const auto& violation : broken.field_violations()) {
    const std::string column = ColumnOf(violation.field());
    if (std::any_of(known.begin(), known.end(),
                    [&](const Problem& problem) { return problem.column == column; })) {
      continue;
    }
    mapped.problems.push_back({.column = column, .description = violation.description()});
  }
}

}  // namespace

std::string RowMapper::DetailsOf(const SourceRow& row, std::vector<Problem>& problems) const {
  std::string details = TextOf(row, Column::kDetails, problems);
  // What is not UTF-8 could not be read out of its wrapping as it was.
  if (!options_.wrap_details || details.empty() || !schema::CountCharacters(details) ||
      !schema::BrokenAsJsonObject(details)) {
    return details;
  }
  return absl::StrCat("{\"text\":", telemetry::JsonQuoted(details), "}");
}

void RowMapper::SetEventTime(const Cell& cell, MappedRow& mapped) const {
  absl::StatusOr<Micros> time =
      absl::InvalidArgumentError("must be a time as text or a whole number");
  if (cell.type == ValueType::kText) time = TimeInText(cell.bytes, options_.time_zone);
  if (cell.type == ValueType::kInteger) time = TimeInInteger(cell.integer);
  if (!time.ok()) {
    return Add(Column::kCreatedAt, std::string(time.status().message()), mapped.problems);
  }
  SetTimestamp(*time, mapped.event.mutable_event_time());
}

MappedRow RowMapper::Map(const SourceRow& row) const {
  MappedRow mapped;
  Event& event = mapped.event;
  const auto text = [&](Column column) { return TextOf(row, column, mapped.problems); };
  SetUserId(row[Column::kUserId], mapped);
  event.set_telegram_id(text(Column::kTelegramId));
  event.set_action(text(Column::kAction));
  event.set_resource_type(text(Column::kResourceType));
  event.set_resource_id(text(Column::kResourceId));
  event.set_details(DetailsOf(row, mapped.problems));
  event.set_ip_address(text(Column::kIpAddress));
  event.set_user_agent(text(Column::kUserAgent));
  if (options_.has_times) SetEventTime(row[Column::kCreatedAt], mapped);
  CheckEvent(rules_, clock_.Now(), mapped);
  return mapped;
}

}  // namespace daybook::cli::importer
