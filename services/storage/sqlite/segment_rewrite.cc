#include "storage/sqlite/segment_rewrite.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/connection.h"
#include "db/sqlite/durable_file.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/event_rows.h"
#include "storage/sqlite/segment_seal.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::OpenMode;
using ::daybook::db::sqlite::Statement;

// So many rows are committed at once: what is not is held in the WAL, beside the
// file, and nobody sees the file before it is whole.
constexpr int kRowsAtOnce = 16'384;

constexpr char kTableSql[] = "SELECT sql FROM sqlite_schema WHERE name = 'audit_logs'";
constexpr char kRowsEnd[] = "SELECT coalesce(max(id) + 1, 0) FROM audit_logs";
constexpr char kTiles[] = "SELECT level, number, hashes FROM tiles ORDER BY level, number";
constexpr char kCopyTile[] = "INSERT INTO tiles (level, number, hashes) VALUES (?1, ?2, ?3)";

absl::StatusOr<Connection> OpenOld(const SegmentRewrite& rewrite) {
  return Connection::Open(rewrite.segment,
                          rewrite.is_sealed ? OpenMode::kImmutable : OpenMode::kReadOnly);
}

absl::Status CheckSameTable(Connection& old_file, Connection& new_file) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::string old_sql, old_file.QueryText(kTableSql));
  DAYBOOK_ASSIGN_OR_RETURN(const std::string new_sql, new_file.QueryText(kTableSql));
  if (old_sql == new_sql) return absl::OkStatus();
  return absl::FailedPreconditionError(
      "the segment's table is not that of segments/template.db: it cannot be written anew");
}

// Knows, for ids that ascend, whether they are in one of some ranges.
class RangeWalk {
 public:
  explicit RangeWalk(std::span<const SeqRange> ranges) : rest_(ranges) {}

  bool Holds(Seq seq) {
    while (!rest_.empty() && rest_.front().last < seq) rest_ = rest_.subspan(1);
    return !rest_.empty() && rest_.front().first <= seq;
  }

 private:
  std::span<const SeqRange> rest_;
};

// Copies rows, all but the erased fields.
class RowCopy {
 public:
  RowCopy(const SegmentRewrite& rewrite, Statement select, Statement insert)
      : groups_(rewrite.groups),
        ranges_(rewrite.ranges),
        select_(std::move(select)),
        insert_(std::move(insert)) {}

  // The next rows; false once there are no more.
  absl::StatusOr<bool> Some() {
    for (int i = 0; i < kRowsAtOnce; ++i) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select_.Step());
      if (!has_row) return false;
      if (ranges_.Holds(Seq(static_cast<uint64_t>(select_.Integer(0))))) {
        DAYBOOK_RETURN_IF_ERROR(CopyErasedRow(select_, groups_, redaction_, insert_));
      } else {
        CopyRow(select_, insert_);
      }
      DAYBOOK_RETURN_IF_ERROR(insert_.Run());
    }
    return true;
  }

 private:
  const std::span<const ledger::Group> groups_;
  RangeWalk ranges_;
  Statement select_;
  Statement insert_;
  std::string redaction_;
};

// Those behind the last one that is there.
absl::Status CopyRows(const SegmentRewrite& rewrite, Connection& from, Connection& to) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t next, to.QueryInteger(kRowsEnd));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      from.PrepareKnown(absl::StrCat("SELECT ", RowColumns(),
                                     " FROM audit_logs NOT INDEXED WHERE id >= ?1 ORDER BY id")));
  select.BindInteger(1, next);
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, to.PrepareKnown(InsertSql()));
  RowCopy copy(rewrite, std::move(select), std::move(insert));
  bool has_more = true;
  while (has_more) {
    DAYBOOK_RETURN_IF_ERROR(to.InTransaction([&]() -> absl::Status {
      DAYBOOK_ASSIGN_OR_RETURN(has_more, copy.Some());
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

absl::Status CopyTiles(Connection& from, Connection& to) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, from.PrepareKnown(kTiles));
  DAYBOOK_ASSIGN_OR_RETURN(Statement insert, to.PrepareKnown(kCopyTile));
  return to.InTransaction([&]() -> absl::Status {
    while (true) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
      if (!has_row) return absl::OkStatus();
      insert.BindInteger(1, select.Integer(0));
      insert.BindInteger(2, select.Integer(1));
      insert.BindBlob(3, select.Bytes(2));
      DAYBOOK_RETURN_IF_ERROR(insert.Run());
    }
  });
}

// Of both files, the new one held to appends.
struct Files {
  Connection from;
  Connection to;
};

absl::StatusOr<Files> OpenFiles(const SegmentRewrite& rewrite) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection from, OpenOld(rewrite));
  DAYBOOK_ASSIGN_OR_RETURN(Connection to, Connection::Open(rewrite.to, OpenMode::kReadWrite));
  DAYBOOK_RETURN_IF_ERROR(CheckSameTable(from, to));
  DAYBOOK_RETURN_IF_ERROR(to.AllowOnlyAppends());
  return Files{.from = std::move(from), .to = std::move(to)};
}

absl::Status Begin(const SegmentRewrite& rewrite) {
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::CopyDurably(rewrite.template_db, rewrite.to));
  DAYBOOK_ASSIGN_OR_RETURN(Files files, OpenFiles(rewrite));
  return CopyRows(rewrite, files.from, files.to);
}

absl::Status Finish(const SegmentRewrite& rewrite) {
  {
    DAYBOOK_ASSIGN_OR_RETURN(Files files, OpenFiles(rewrite));
    DAYBOOK_RETURN_IF_ERROR(CopyRows(rewrite, files.from, files.to));
    DAYBOOK_RETURN_IF_ERROR(CopyTiles(files.from, files.to));
  }
  if (rewrite.is_sealed) DAYBOOK_RETURN_IF_ERROR(BuildIndexes(rewrite.to));
  DAYBOOK_ASSIGN_OR_RETURN(Connection written, Connection::Open(rewrite.to, OpenMode::kReadWrite));
  return written.LeaveWal();
}

absl::Status RemoveUnlessOk(absl::Status outcome, const std::string& path) {
  if (!outcome.ok()) db::sqlite::RemoveDatabase(path).IgnoreError();
  return outcome;
}

}  // namespace

absl::Status BeginErased(const SegmentRewrite& rewrite) {
  DAYBOOK_RETURN_IF_ERROR(db::sqlite::RemoveDatabase(rewrite.to));
  return RemoveUnlessOk(Begin(rewrite), rewrite.to);
}

absl::Status FinishErased(const SegmentRewrite& rewrite) {
  return RemoveUnlessOk(Finish(rewrite), rewrite.to);
}

absl::StatusOr<bool> HoldsErasable(const SegmentRewrite& rewrite) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection segment, OpenOld(rewrite));
  DAYBOOK_ASSIGN_OR_RETURN(
      Statement select,
      segment.PrepareKnown(absl::StrCat("SELECT 1 FROM audit_logs NOT INDEXED WHERE id BETWEEN ?1",
                                        " AND ?2 AND ", HasFieldsSql(rewrite.groups), " LIMIT 1")));
  for (const SeqRange& range : rewrite.ranges) {
    select.BindInteger(1, static_cast<int64_t>(range.first.value()));
    select.BindInteger(2, static_cast<int64_t>(range.last.value()));
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (has_row) return true;
    select.Reset();
  }
  return false;
}

}  // namespace daybook::storage::sqlite
