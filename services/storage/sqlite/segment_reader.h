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
#include "query/filter.h"
#include "storage/new_event.h"

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

  SegmentReader(SegmentReader&&) = default;
  // Assigning would close the connection under its statement.
  SegmentReader& operator=(SegmentReader&&) = delete;

  absl::StatusOr<SegmentEnds> ReadEnds();

  // Nothing where the row is missing.
  absl::StatusOr<std::optional<audit::v1::Event>> Get(Seq seq);

  // The events first … last (both inclusive) that pass the filter, at most
  // `limit`.
  struct Range {
    Seq first;
    Seq last;
    bool newest_first;
    size_t limit;
  };
  absl::StatusOr<std::vector<audit::v1::Event>> Read(const Range& range,
                                                     const query::Filter& filter);

  // Visits the requests from seq `first` on that were recorded since `time`.
  absl::Status VisitRequests(Seq first, Micros time,
                             absl::FunctionRef<void(const RequestKey&, Seq, Micros)> visit);

 private:
  absl::StatusOr<std::optional<SegmentEnds::Row>> ReadEnd(const char* sql);

  SegmentReader(db::sqlite::Connection connection, db::sqlite::Statement get);

  db::sqlite::Connection connection_;
  db::sqlite::Statement get_;
};

}  // namespace daybook::storage::sqlite
