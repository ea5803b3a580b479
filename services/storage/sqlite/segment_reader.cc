#include "storage/sqlite/segment_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/tile_edge.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/filter_sql.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::StatementCache;

constexpr char kRequest[] =
    "SELECT max(id) FROM audit_logs WHERE producer = ?1 AND request_id = ?2";
constexpr char kEventTimes[] =
    "SELECT min(event_time), max(event_time) FROM audit_logs WHERE event_time <> created_at";
constexpr char kKinds[] =
    "SELECT id, created_at, action, outcome FROM audit_logs NOT INDEXED WHERE id BETWEEN ?1 AND ?2"
    " ORDER BY id";
constexpr char kProducers[] =
    "SELECT id, created_at, producer, producer_sequence FROM audit_logs NOT INDEXED"
    " WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
constexpr char kTile[] = "SELECT hashes FROM tiles WHERE level = ?1 AND number = ?2";
constexpr char kIndexes[] = "SELECT name FROM sqlite_schema WHERE type = 'index'";
constexpr char kFirstRow[] = "SELECT id, created_at FROM audit_logs ORDER BY id LIMIT 1";
constexpr char kLastRow[] = "SELECT id, created_at FROM audit_logs ORDER BY id DESC LIMIT 1";

constexpr int kFirstFilterParameter = 4;

std::string GetSql() {
  return absl::StrCat("SELECT ", RowColumns(), " FROM audit_logs WHERE id = ?1");
}

std::string LookupSql() {
  return absl::StrCat("SELECT ", LookupColumns(),
                      " FROM audit_logs NOT INDEXED WHERE id >= ?1 ORDER BY id");
}

int64_t Signed(Seq seq) { return static_cast<int64_t>(seq.value()); }

}  // namespace

absl::StatusOr<SegmentReader> SegmentReader::Open(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path, OpenMode::kReadOnly));
  DAYBOOK_ASSIGN_OR_RETURN(Statement get, connection.PrepareKnown(GetSql()));
  SegmentReader reader(std::move(connection), std::move(get));
  DAYBOOK_RETURN_IF_ERROR(reader.ReadIndexNames());
  return reader;
}

absl::StatusOr<SegmentReader> SegmentReader::OpenSealed(const std::string& path, Seq first,
                                                        Seq last) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path, OpenMode::kImmutable));
  DAYBOOK_ASSIGN_OR_RETURN(Statement get, connection.PrepareKnown(GetSql()));
  SegmentReader reader(std::move(connection), std::move(get));
  DAYBOOK_RETURN_IF_ERROR(reader.CheckEnds(path, first, last));
  DAYBOOK_RETURN_IF_ERROR(reader.ReadIndexNames());
  return reader;
}

absl::Status SegmentReader::CheckEnds(const std::string& path, Seq first, Seq last) {
  DAYBOOK_ASSIGN_OR_RETURN(const SegmentEnds ends, ReadEnds());
  if (ends.first && ends.first->seq == first && ends.last->seq == last) return absl::OkStatus();
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat(path, " does not hold the events ", first.value(), " to ",
                                      last.value(), ": put the segment back from a backup"));
}

absl::Status SegmentReader::ReadIndexNames() {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.Prepare(kIndexes));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    indexes_.push_back(select.Text(0));
  }
}

bool SegmentReader::HasIndex(const std::string& name) const {
  return std::find(indexes_.begin(), indexes_.end(), name) != indexes_.end();
}

bool SegmentReader::HasIndexFor(const query::Filter& filter) const {
  const std::string* const index = IndexFor(filter);
  return index != nullptr && HasIndex(*index);
}

std::string SegmentReader::RangeSql(const Range& range, const query::Filter& filter,
                                    const FilterSql& condition) const {
  const std::string by =
      HasIndexFor(filter) ? absl::StrCat(" INDEXED BY ", *IndexFor(filter)) : " NOT INDEXED";
  return absl::StrCat("SELECT ", RowColumns(), " FROM audit_logs", by,
                      " WHERE id BETWEEN ?1 AND ?2",
                      range.only_on_time ? " AND event_time = created_at" : "", condition.text(),
                      " ORDER BY id", range.newest_first ? " DESC" : "", " LIMIT ?3");
}

SegmentReader::SegmentReader(Connection connection, Statement get)
    : connection_(std::move(connection)), get_(std::move(get)) {}

absl::StatusOr<SegmentEnds> SegmentReader::ReadEnds() {
  SegmentEnds ends;
  DAYBOOK_ASSIGN_OR_RETURN(ends.first, ReadEnd(kFirstRow));
  DAYBOOK_ASSIGN_OR_RETURN(ends.last, ReadEnd(kLastRow));
  return ends;
}

absl::StatusOr<Zone> SegmentReader::ReadZone() {
  DAYBOOK_ASSIGN_OR_RETURN(const SegmentEnds ends, ReadEnds());
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kEventTimes));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  Zone zone;
  zone.first_seq = ends.first->seq;
  zone.last_seq = ends.last->seq;
  zone.first_time = zone.first_event_time = ends.first->created_at;
  zone.last_time = zone.last_event_time = ends.last->created_at;
  if (has_row && !select.IsNull(0)) {
    zone.first_event_time = std::min(zone.first_event_time, select.Integer(0));
    zone.last_event_time = std::max(zone.last_event_time, select.Integer(1));
  }
  return zone;
}

absl::StatusOr<std::optional<SegmentEnds::Row>> SegmentReader::ReadEnd(const char* sql) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.Prepare(sql));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row) return std::nullopt;
  return SegmentEnds::Row{.seq = Seq(static_cast<uint64_t>(select.Integer(0))),
                          .created_at = select.Integer(1)};
}

template <typename Kept>
absl::StatusOr<std::optional<Kept>> SegmentReader::GetAs(
    Seq seq, absl::FunctionRef<absl::StatusOr<Kept>(const Statement&)> read) {
  get_.BindInteger(1, Signed(seq));
  const absl::StatusOr<bool> has_row = get_.Step();
  absl::StatusOr<std::optional<Kept>> found = std::nullopt;
  if (has_row.ok() && *has_row) found = read(get_);
  get_.Reset();
  if (!has_row.ok()) return has_row.status();
  return found;
}

absl::StatusOr<std::optional<Event>> SegmentReader::Get(Seq seq) {
  return GetAs<Event>(seq, ReadRow);
}

absl::StatusOr<std::optional<ledger::OpenedLeaf>> SegmentReader::GetLeaf(Seq seq) {
  return GetAs<ledger::OpenedLeaf>(seq, ReadLeaf);
}

absl::StatusOr<SegmentReader::Found> SegmentReader::Read(const Range& range,
                                                         const query::Filter& filter) {
  const FilterSql condition(filter, kFirstFilterParameter);
  DAYBOOK_ASSIGN_OR_RETURN(const StatementCache::Lease select,
                           Prepare(RangeSql(range, filter, condition)));
  select->BindInteger(1, Signed(range.first));
  select->BindInteger(2, Signed(range.last));
  select->BindInteger(3, static_cast<int64_t>(range.limit));
  condition.BindTo(*select);
  return ReadEvents(*select);
}

absl::StatusOr<SegmentReader::Found> SegmentReader::ReadEvents(Statement& select) {
  select.TakeExamined();  // of others, before
  Found found;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) break;
    DAYBOOK_ASSIGN_OR_RETURN(Event event, ReadRow(select));
    found.events.push_back(std::move(event));
  }
  found.examined = select.TakeExamined();
  return found;
}

absl::StatusOr<std::vector<Event>> SegmentReader::ReadThose(const std::vector<Seq>& seqs,
                                                            const query::Filter& filter) {
  constexpr int kFilterBehindId = 2;
  const FilterSql condition(filter, kFilterBehindId);
  DAYBOOK_ASSIGN_OR_RETURN(const StatementCache::Lease select,
                           Prepare(absl::StrCat(GetSql(), condition.text())));
  condition.BindTo(*select);
  std::vector<Event> events;
  DAYBOOK_RETURN_IF_ERROR(connection_.InSnapshot([&]() -> absl::Status {
    for (const Seq seq : seqs) {
      select->BindInteger(1, Signed(seq));
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
      if (has_row) {
        DAYBOOK_ASSIGN_OR_RETURN(Event event, ReadRow(*select));
        events.push_back(std::move(event));
      }
      select->Reset();
    }
    return absl::OkStatus();
  }));
  return events;
}

absl::Status SegmentReader::VisitLookups(Seq first,
                                         absl::FunctionRef<absl::Status(const Event&)> visit) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(LookupSql()));
  select.BindInteger(1, Signed(first));
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(visit(ReadLookups(select)));
  }
}

absl::Status SegmentReader::AddTo(SpanSummary& summary, Seq first, Seq last) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kKinds));
  select.BindInteger(1, Signed(first));
  select.BindInteger(2, Signed(last));
  for (uint64_t seq = first.value(); seq <= last.value(); ++seq) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    const bool is_this = has_row && static_cast<uint64_t>(select.Integer(0)) == seq;
    if (!is_this) return MissingEventError(Seq(seq));
    summary.last_time = select.Integer(1);
    if (summary.counts.empty()) summary.first_time = summary.last_time;
    Count(summary.counts, select.Bytes(2), select.Integer(3));
  }
  return absl::OkStatus();
}

absl::Status SegmentReader::ReadProducers(Seq first, Seq last, std::vector<Event>& events) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kProducers));
  select.BindInteger(1, Signed(first));
  select.BindInteger(2, Signed(last));
  events.reserve(events.size() + last.value() - first.value() + 1);
  for (uint64_t seq = first.value(); seq <= last.value(); ++seq) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    const bool is_this = has_row && static_cast<uint64_t>(select.Integer(0)) == seq;
    if (!is_this) return MissingEventError(Seq(seq));
    Event& event = events.emplace_back();
    event.set_seq(seq);
    SetTimestamp(select.Integer(1), event.mutable_created_at());
    event.set_producer(select.Text(2));
    if (select.IsNull(3)) continue;
    event.set_producer_sequence(static_cast<uint64_t>(select.Integer(3)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Seq>> SegmentReader::FindRequest(const std::string& producer,
                                                              const std::string& request_id) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kRequest));
  select.BindText(1, producer);
  select.BindText(2, request_id);
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  if (!has_row || select.IsNull(0)) return std::nullopt;
  return Seq(static_cast<uint64_t>(select.Integer(0)));
}

absl::StatusOr<std::vector<ledger::Hash>> SegmentReader::ReadTile(uint32_t level, uint64_t number) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kTile));
  select.BindInteger(1, level);
  select.BindInteger(2, static_cast<int64_t>(number));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
  const absl::string_view bytes = has_row ? select.Bytes(0) : absl::string_view();
  std::vector<ledger::Hash> hashes(ledger::kTileWidth);
  if (bytes.size() != hashes.size() * sizeof(ledger::Hash)) {
    return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                           absl::StrCat("tile ", level, "/", number, " is missing"));
  }
  const auto* from = bytes.begin();
  for (ledger::Hash& hash : hashes) {
    std::copy_n(from, hash.size(), hash.begin());
    std::advance(from, hash.size());
  }
  return hashes;
}

}  // namespace daybook::storage::sqlite
