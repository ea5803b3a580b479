#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"

#include "core/ids.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/statement.h"
#include "db/sqlite/statement_cache.h"
#include "ledger/hash.h"
#include "ledger/leaf.h"
#include "query/filter.h"
#include "storage/manifest.h"
#include "storage/new_event.h"
#include "storage/sqlite/event_times.h"
#include "storage/sqlite/filter_sql.h"
#include "storage/sqlite/totals_rows.h"
#include "storage/sqlite/zone.h"
#include "storage/tally.h"

namespace daybook::storage::sqlite {

// The first and last rows of a segment; neither in an empty one.
struct SegmentEnds {
  struct Row {
    Seq seq;
    Micros created_at;
  };
  std::optional<Row> first;
  std::optional<Row> last;
};

// Reads one segment file, over a connection that cannot write. Each call is a
// read transaction of its own.
//
// Thread-compatible.
class SegmentReader {
 public:
  static absl::StatusOr<SegmentReader> Open(const std::string& path);

  // For a sealed segment: reads it as a file that never changes, and uses its
  // indexes. DATA_LOSS where it does not begin with `first` and end with `last`.
  static absl::StatusOr<SegmentReader> OpenSealed(const std::string& path, Seq first, Seq last);

  SegmentReader(SegmentReader&&) = default;
  // Assigning would close the connection under its statement.
  SegmentReader& operator=(SegmentReader&&) = delete;

  absl::StatusOr<SegmentEnds> ReadEnds();

  // What can be told of a sealed segment without reading all of it.
  absl::StatusOr<Zone> ReadZone();

  // Nothing where the row is missing.
  absl::StatusOr<std::optional<audit::v1::Event>> Get(Seq seq);

  // The leaf of an event, and what opens it; likewise.
  absl::StatusOr<std::optional<ledger::OpenedLeaf>> GetLeaf(Seq seq);

  // The events first … last (both inclusive) that pass the filter, at most
  // `limit`.
  struct Range {
    Seq first;
    Seq last;
    bool newest_first;
    size_t limit;
    // Only those whose event time is their record time: in order of seq they are in order of
    // event time too.
    bool only_on_time = false;
  };
  struct Found {
    std::vector<audit::v1::Event> events = {};
    uint64_t examined = 0;  // about how many events it looked at
  };
  absl::StatusOr<Found> Read(const Range& range, const query::Filter& filter);

  // True where Read finds what `filter` asks for by an index, and so looks at no
  // other event.
  bool HasIndexFor(const query::Filter& filter) const;

  // True where an index leads to all that `filter` asks for, at least roughly.
  bool IsLedTo(const query::Filter& filter) const;

  // Adds to `tally` those of the events first … last (both inclusive) that pass the filter;
  // about how many it looked at.
  absl::StatusOr<uint64_t> TallyRange(Seq first, Seq last, const query::Filter& filter,
                                      Tally& tally);

  // The same of the events at `seqs`, the newest first.
  absl::Status TallyThose(const std::vector<Seq>& seqs, const query::Filter& filter, Tally& tally);

  // The totals of a block of the events first … last (both inclusive), from them.
  absl::StatusOr<std::vector<TotalsRow>> SumUp(Seq first, Seq last) {
    return sqlite::SumUp(connection_, first, last);
  }

  // Of a sealed segment: the totals of the blocks that begin at first … last.
  absl::StatusOr<std::vector<TotalsRow>> ReadTotals(Seq first, Seq last) {
    return sqlite::ReadTotals(connection_, first, last);
  }

  // Of the events from `first` up to, without, `end` the first of `time` or later; `end` where
  // there is none.
  absl::StatusOr<Seq> FirstSince(Micros time, Seq first, Seq end);

  // Of the events at `seqs` those that pass the filter, in their order.
  absl::StatusOr<std::vector<audit::v1::Event>> ReadThose(const std::vector<Seq>& seqs,
                                                          const query::Filter& filter);

  // When the event was recorded. DATA_LOSS where it is missing.
  absl::StatusOr<Micros> RecordTime(Seq seq);

  // Of a sealed segment: the keys of events whose event time is not their record time, in their
  // order.
  absl::StatusOr<std::vector<EventTimeKey>> FindEventTimes(const KeyRange& range);

  // The same for the events that pass a filter that HasIndexFor; looks at all that have what
  // the index finds.
  absl::StatusOr<Found> ReadByEventTime(const KeyRange& range, const query::Filter& filter);

  // Visits the events from `first` on in order, as ReadLookups gives them, until
  // `visit` fails.
  absl::Status VisitLookups(Seq first,
                            absl::FunctionRef<absl::Status(const audit::v1::Event&)> visit);

  // Adds the events first … last (both inclusive) to what is summed up. DATA_LOSS
  // where one is missing.
  absl::Status AddTo(SpanSummary& summary, Seq first, Seq last);

  // Appends who recorded the events first … last (both inclusive), as EventStore has it.
  // DATA_LOSS where one is missing.
  absl::Status ReadProducers(Seq first, Seq last, std::vector<audit::v1::Event>& events);

  // The newest event of a sealed segment with this request.
  absl::StatusOr<std::optional<Seq>> FindRequest(const std::string& producer,
                                                 const std::string& request_id);

  // The hashes of a complete tile, as stored. DATA_LOSS where it is missing.
  absl::StatusOr<std::vector<ledger::Hash>> ReadTile(uint32_t level, uint64_t number);

 private:
  // What `read` makes of the row; nothing where it is missing.
  template <typename Kept>
  absl::StatusOr<std::optional<Kept>> GetAs(
      Seq seq, absl::FunctionRef<absl::StatusOr<Kept>(const db::sqlite::Statement&)> read);
  absl::StatusOr<std::optional<SegmentEnds::Row>> ReadEnd(const char* sql);
  absl::Status CheckEnds(const std::string& path, Seq first, Seq last);
  absl::Status ReadIndexNames();
  bool HasIndex(const std::string& name) const;
  // FROM and WHERE with the index that leads to what `filter` asks for.
  std::string LedFrom(const query::Filter& filter) const;
  std::string RangeSql(const Range& range, const query::Filter& filter,
                       const FilterSql& condition) const;
  static absl::StatusOr<Found> ReadEvents(db::sqlite::Statement& select);

  SegmentReader(db::sqlite::Connection connection, db::sqlite::Statement get);

  absl::StatusOr<db::sqlite::StatementCache::Lease> Prepare(const std::string& sql) {
    return prepared_.Prepare(connection_, sql);
  }

  db::sqlite::Connection connection_;
  db::sqlite::StatementCache prepared_;
  db::sqlite::Statement get_;
  std::vector<std::string> indexes_;
};

}  // namespace daybook::storage::sqlite
