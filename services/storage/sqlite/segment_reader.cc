#include "storage/sqlite/segment_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/filter_sql.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

constexpr char kRequests[] =
    "SELECT id, created_at, producer, request_id FROM audit_logs"
    " WHERE id >= ?1 AND created_at >= ?2 AND request_id IS NOT NULL ORDER BY id";

constexpr char kFirstRow[] = "SELECT id, created_at FROM audit_logs ORDER BY id LIMIT 1";
constexpr char kLastRow[] = "SELECT id, created_at FROM audit_logs ORDER BY id DESC LIMIT 1";

constexpr int kFirstFilterParameter = 4;

std::string RangeSql(const query::Filter& filter, bool newest_first) {
  return absl::StrCat("SELECT ", RowColumns(), " FROM audit_logs WHERE id BETWEEN ?1 AND ?2",
                      FilterSql(filter, kFirstFilterParameter), " ORDER BY id",
                      newest_first ? " DESC" : "", " LIMIT ?3");
}

int64_t Signed(Seq seq) { return static_cast<int64_t>(seq.value()); }

}  // namespace

absl::StatusOr<SegmentReader> SegmentReader::Open(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path, OpenMode::kReadOnly));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement get, connection.PrepareKnown(
                         absl::StrCat("SELECT ", RowColumns(), " FROM audit_logs WHERE id = ?1")));
  return SegmentReader(std::move(connection), std::move(get));
}

SegmentReader::SegmentReader(Connection connection, Statement get)
    : connection_(std::move(connection)), get_(std::move(get)) {}

absl::StatusOr<SegmentEnds> SegmentReader::ReadEnds() {
  SegmentEnds ends;
  DAYBOOK_ASSIGN_OR_RETURN(ends.first, ReadEnd(kFirstRow));
  DAYBOOK_ASSIGN_OR_RETURN(ends.last, ReadEnd(kLastRow));
  return ends;
}

absl::StatusOr<std::optional<SegmentEnds::Row>> SegmentReader::ReadEnd(const char* sql) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.Prepare(sql));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return SegmentEnds::Row{.seq = Seq(static_cast<uint64_t>(select.Integer(0))),
                          .created_at = select.Integer(1)};
}

absl::StatusOr<std::optional<Event>> SegmentReader::Get(Seq seq) {
  get_.BindInteger(1, Signed(seq));
  const absl::StatusOr<bool> has_row = get_.Step();
  absl::StatusOr<std::optional<Event>> found = std::nullopt;
  if (has_row.ok() && *has_row) found = ReadRow(get_);
  get_.Reset();
  if (!has_row.ok()) return has_row.status();
  return found;
}

absl::StatusOr<std::vector<Event>> SegmentReader::Read(const Range& range,
                                                       const query::Filter& filter) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select,
                           connection_.Prepare(RangeSql(filter, range.newest_first)));
  select.BindInteger(1, Signed(range.first));
  select.BindInteger(2, Signed(range.last));
  select.BindInteger(3, static_cast<int64_t>(range.limit));
  BindFilter(filter, kFirstFilterParameter, select);
  std::vector<Event> events;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return events;
    DAYBOOK_ASSIGN_OR_RETURN(Event event, ReadRow(select));
    events.push_back(std::move(event));
  }
}

absl::Status SegmentReader::VisitRequests(
    Seq first, Micros time, absl::FunctionRef<void(const RequestKey&, Seq, Micros)> visit) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.Prepare(kRequests));
  select.BindInteger(1, Signed(first));
  select.BindInteger(2, time);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    const auto key = RequestKeyOf(select.Bytes(2), select.Bytes(3));
    if (key) visit(*key, Seq(static_cast<uint64_t>(select.Integer(0))), select.Integer(1));
  }
}

}  // namespace daybook::storage::sqlite
