#include "storage/sqlite/segment_writer.h"

#include <utility>

#include "core/status_macros.h"
#include "storage/sqlite/event_rows.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

}  // namespace

absl::StatusOr<SegmentWriter> SegmentWriter::Open(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection connection, Connection::Open(path, OpenMode::kReadWrite));
  DAYBOOK_RETURN_IF_ERROR(connection.AllowOnlyAppends());
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.PrepareKnown(InsertSql()));
  return SegmentWriter(std::move(connection), std::move(insert));
}

SegmentWriter::SegmentWriter(Connection connection, Statement insert)
    : connection_(std::move(connection)), insert_(std::move(insert)) {}

absl::Status SegmentWriter::Append(Seq first_seq, Micros created_at,
                                   std::span<const NewEvent* const> events) {
  return connection_.InTransaction([&]() -> absl::Status {
    uint64_t seq = first_seq.value();
    for (const NewEvent* event : events) {
      BindRow(*event, Seq(seq++), created_at, insert_);
      DAYBOOK_RETURN_IF_ERROR(insert_.Run());
    }
    return absl::OkStatus();
  });
}

absl::Status SegmentWriter::Finish() {
  insert_.Reset();
  return connection_.LeaveWal();
}

}  // namespace daybook::storage::sqlite
