#include "verify/erasures_now.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/audit/v1/event.pb.h"
#include "db/sqlite/file_lock.h"
#include "db/sqlite/statement.h"
#include "verify/open.h"

namespace daybook::verify {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::FileLock;
using ::daybook::db::sqlite::Statement;

constexpr char kLaterDeclarations[] =
    "SELECT id, public_details, details FROM audit_logs NOT INDEXED"
    " WHERE id >= ?1 AND source = ?2 AND action = ?3";
constexpr char kUnfinished[] = "SELECT ranges FROM erasures WHERE completed_at IS NULL";

// A segment that cannot be read declares nothing.
absl::Status AddLaterDeclarations(const std::string& path, uint64_t size,
                                  std::vector<Declaration>& declarations) {
  absl::StatusOr<Connection> segment = OpenToRead(path);
  if (absl::IsDataLoss(segment.status()) || absl::IsNotFound(segment.status())) {
    return absl::OkStatus();
  }
  if (!segment.ok()) return segment.status();
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, segment->PrepareKnown(kLaterDeclarations));
  select.BindInteger(1, static_cast<int64_t>(size));
  select.BindInteger(2, audit::v1::SOURCE_SERVICE);
  select.BindText(3, storage::kErasedAction);
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return absl::OkStatus();
    declarations.push_back(
        ParseDeclaration(static_cast<uint64_t>(select.Integer(0)), select.Text(1), select.Text(2)));
  }
}

// DATA_LOSS where there is no such table, as in stores of version 1.
absl::StatusOr<std::vector<storage::SeqRange>> ReadUnfinished(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(Connection ledger, OpenToRead(path));
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, ledger.PrepareKnown(kUnfinished));
  std::vector<storage::SeqRange> unfinished;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return unfinished;
    const auto ranges = storage::ParseRanges(select.Bytes(0));
    if (ranges.ok()) unfinished.insert(unfinished.end(), ranges->begin(), ranges->end());
  }
}

}  // namespace

absl::StatusOr<std::vector<Declaration>> ReadLaterDeclarations(const StoreFacts& facts) {
  std::vector<Declaration> declarations;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers, facts.layout.SegmentNumbers());
  for (const uint64_t number : numbers) {
    if ((number + 1) * facts.header.segment_events <= facts.size) continue;
    absl::Status added =
        AddLaterDeclarations(facts.layout.Segment(number), facts.size, declarations);
    if (!added.ok() && !absl::IsDataLoss(added)) return added;
  }
  return declarations;
}

bool IsServed(const db::sqlite::StoreLayout& layout) {
  return FileLock::IsHeld(layout.ServiceLock()).value_or(true);
}

absl::StatusOr<std::vector<storage::SeqRange>> ReadErasuresUnderWay(
    const db::sqlite::StoreLayout& layout) {
  if (!IsServed(layout)) return std::vector<storage::SeqRange>();
  auto under_way = ReadUnfinished(layout.LedgerDb());
  // What is wrong with that file is a finding of its own.
  if (absl::IsDataLoss(under_way.status())) return std::vector<storage::SeqRange>();
  return under_way;
}

}  // namespace daybook::verify
