#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/statement.h"
#include "storage/sqlite/ledger_db.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Statement;

constexpr char kPlanErasure[] =
    "INSERT INTO erasures (name, field_groups, ranges, planned_at) VALUES (?1, ?2, ?3, ?4) "
    "RETURNING id";
constexpr char kForgetErasure[] = "DELETE FROM erasures WHERE id = ?1 AND completed_at IS NULL";
constexpr char kCompleteErasure[] = "UPDATE erasures SET completed_at = ?2 WHERE id = ?1";
constexpr char kUnfinishedErasures[] =
    "SELECT id, name, field_groups, ranges, planned_at FROM erasures WHERE completed_at IS NULL"
    " ORDER BY id";

absl::StatusOr<PlannedErasure> PlannedIn(const Statement& select) {
  const auto damaged = [&select](const absl::Status& why) {
    return DamagedStoreError(
        absl::StrCat("ledger.db: erasure ", select.Integer(0), ": ", why.message()));
  };
  PlannedErasure planned{.id = static_cast<uint64_t>(select.Integer(0)),
                         .name = select.Text(1),
                         .planned_at = LogSize(static_cast<uint64_t>(select.Integer(4)))};
  auto groups = ParseGroups(select.Bytes(2));
  if (!groups.ok()) return damaged(groups.status());
  auto ranges = ParseRanges(select.Bytes(3));
  if (!ranges.ok()) return damaged(ranges.status());
  planned.erasure = {.ranges = *std::move(ranges), .groups = *std::move(groups)};
  return planned;
}

// Gives it its id.
absl::Status Insert(db::sqlite::Connection& connection, PlannedErasure& planned) {
  const std::string groups = GroupsText(planned.erasure.groups);
  const std::string ranges = RangesText(planned.erasure.ranges);
  return connection.InTransaction([&]() -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(Statement insert, connection.PrepareKnown(kPlanErasure));
    insert.BindText(1, planned.name);
    insert.BindText(2, groups);
    insert.BindText(3, ranges);
    insert.BindInteger(4, static_cast<int64_t>(planned.planned_at.value()));
    DAYBOOK_RETURN_IF_ERROR(insert.Step().status());
    planned.id = static_cast<uint64_t>(insert.Integer(0));
    return insert.Step().status();
  });
}

}  // namespace

absl::StatusOr<PlannedErasure> LedgerDb::Plan(const std::string& name, const Erasure& erasure,
                                              LogSize planned_at) {
  PlannedErasure planned{.name = name, .planned_at = planned_at, .erasure = erasure};
  const MutexLock lock(mutex_);
  DAYBOOK_RETURN_IF_ERROR(Insert(connection_, planned));
  return planned;
}

absl::Status LedgerDb::Forget(const PlannedErasure& planned) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement forget, connection_.PrepareKnown(kForgetErasure));
  forget.BindInteger(1, static_cast<int64_t>(planned.id));
  return forget.Run();
}

absl::Status LedgerDb::Complete(const PlannedErasure& planned, Micros completed_at) {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement complete, connection_.PrepareKnown(kCompleteErasure));
  complete.BindInteger(1, static_cast<int64_t>(planned.id));
  complete.BindInteger(2, completed_at);
  return complete.Run();
}

absl::StatusOr<std::vector<PlannedErasure>> LedgerDb::Unfinished() {
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, connection_.PrepareKnown(kUnfinishedErasures));
  std::vector<PlannedErasure> unfinished;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return unfinished;
    DAYBOOK_ASSIGN_OR_RETURN(PlannedErasure planned, PlannedIn(select));
    unfinished.push_back(std::move(planned));
  }
}

}  // namespace daybook::storage::sqlite
