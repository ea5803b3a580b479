#include "verify/row_shape.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "daybook/audit/v1/event.pb.h"
#include "schema/event_table.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::ValueType;
using ::daybook::db::sqlite::WholeRows;
using ::daybook::ledger::LeafValues;

}  // namespace

RowShape::RowShape() {
  for (const schema::Column& column : schema::TableOf(*audit::v1::Event::descriptor()).columns) {
    columns_.push_back(
        {.name = column.name,
         .type = column.type == schema::ColumnType::kText ? ValueType::kText : ValueType::kInteger,
         .nullable = schema::IsNullable(column) && !column.primary_key});
  }
  // What the store adds.
  columns_.push_back({.name = "salt", .type = ValueType::kBlob, .nullable = true});
  columns_.push_back({.name = "redaction", .type = ValueType::kBlob, .nullable = true});
  columns_.push_back({.name = "leaf_version", .type = ValueType::kInteger, .nullable = false});
  names_ = absl::StrJoin(columns_, ", ", [](std::string* out, const Column& column) {
    absl::StrAppend(out, column.name);
  });
  at_ = {.id = PlaceOf("id"),
         .created_at = PlaceOf("created_at"),
         .event_time = PlaceOf("event_time"),
         .action = PlaceOf("action"),
         .outcome = PlaceOf("outcome"),
         .source = PlaceOf("source"),
         .user_id = PlaceOf("user_id"),
         .producer_sequence = PlaceOf("producer_sequence"),
         .salt = PlaceOf("salt"),
         .redaction = PlaceOf("redaction"),
         .leaf_version = PlaceOf("leaf_version")};
  const std::vector<std::pair<const char*, absl::string_view LeafValues::*>> values = {
      {"tenant", &LeafValues::tenant},
      {"producer", &LeafValues::producer},
      {"action", &LeafValues::action},
      {"reason", &LeafValues::reason},
      {"resource_type", &LeafValues::resource_type},
      {"public_details", &LeafValues::public_details},
      {"telegram_id", &LeafValues::telegram_id},
      {"actor", &LeafValues::actor},
      {"ip_address", &LeafValues::ip_address},
      {"user_agent", &LeafValues::user_agent},
      {"resource_id", &LeafValues::resource_id},
      {"trace_id", &LeafValues::trace_id},
      {"correlation_id", &LeafValues::correlation_id},
      {"request_id", &LeafValues::request_id},
      {"details", &LeafValues::details}};
  texts_.reserve(values.size());
  for (const auto& [name, value] : values)
    texts_.push_back({.place = PlaceOf(name), .value = value});
}

absl::StatusOr<WholeRows> RowShape::Select(db::sqlite::Connection& segment,
                                           absl::string_view rest) const {
  return WholeRows::Select(segment, names_, absl::StrCat("FROM audit_logs NOT INDEXED ", rest));
}

size_t RowShape::PlaceOf(const std::string& column) const {
  const auto found = std::find_if(columns_.begin(), columns_.end(),
                                  [&column](const Column& each) { return each.name == column; });
  return static_cast<size_t>(found - columns_.begin());
}

}  // namespace daybook::verify
