#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/segment_reader.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Statement;

// Those of the time where the range begins, and those of other times: SQLite finds the place
// within one time only where it is told the time.
std::string KeysSql(bool descending, bool of_that_time) {
  const absl::string_view sign = descending ? "<" : ">";
  const absl::string_view turn = descending ? " DESC" : "";
  const std::string behind = of_that_time ? absl::StrCat("event_time = ?1 AND id ", sign, " ?2")
                                          : absl::StrCat("event_time ", sign, " ?1");
  return absl::StrCat("SELECT event_time, id FROM audit_logs INDEXED BY audit_logs_event_time",
                      " WHERE event_time <> created_at AND ", behind, " AND id <= ?3",
                      " ORDER BY event_time", turn, ", id", turn, " LIMIT ?4");
}

constexpr int kFilterBehindKeys = 5;

void BindKeys(const KeyRange& range, Statement& select) {
  select.BindInteger(1, range.after.time);
  select.BindInteger(2, range.after.seq);
  select.BindInteger(3, static_cast<int64_t>(range.last.value()));
  select.BindInteger(4, static_cast<int64_t>(range.limit));
}

}  // namespace

absl::StatusOr<std::vector<EventTimeKey>> SegmentReader::FindEventTimes(const KeyRange& range) {
  std::vector<EventTimeKey> keys;
  for (const bool of_that_time : {true, false}) {
    DAYBOOK_ASSIGN_OR_RETURN(Statement select,
                             connection_.PrepareKnown(KeysSql(range.descending, of_that_time)));
    BindKeys(range, select);
    while (keys.size() < range.limit) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
      if (!has_row) break;
      keys.push_back({.time = select.Integer(0), .seq = select.Integer(1)});
    }
  }
  return keys;
}

absl::StatusOr<SegmentReader::Found> SegmentReader::ReadByEventTime(const KeyRange& range,
                                                                    const query::Filter& filter) {
  const FilterSql condition(filter, kFilterBehindKeys);
  const absl::string_view turn = range.descending ? " DESC" : "";
  const std::string sql =
      absl::StrCat("SELECT ", RowColumns(), " FROM audit_logs INDEXED BY ", *IndexFor(filter),
                   " WHERE event_time <> created_at AND (event_time, id) ",
                   range.descending ? "<" : ">", " (?1, ?2) AND id <= ?3", condition.text(),
                   " ORDER BY event_time", turn, ", id", turn, " LIMIT ?4");
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.Prepare(sql));
  BindKeys(range, select);
  condition.BindTo(select);
  return ReadEvents(select);
}

}  // namespace daybook::storage::sqlite
