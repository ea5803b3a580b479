#include <algorithm>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "db/sqlite/row_visitor.h"
#include "storage/sqlite/filter_sql.h"
#include "storage/sqlite/segment_reader.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Cell;
using ::daybook::db::sqlite::RowVisitor;
using ::daybook::db::sqlite::StatementCache;
using ::daybook::db::sqlite::ValueType;
using ::daybook::query::Field;

constexpr char kTime[] = "SELECT created_at FROM audit_logs WHERE id = ?1";

constexpr char kRange[] = "id BETWEEN ?1 AND ?2";
// The parameters: the range, or the event, and the visitor come before those of a filter.
constexpr int kVisitorBehindRange = 3;
constexpr int kVisitorBehindId = 2;

std::string SelectOf(const Tally& tally, int visitor) {
  std::string select = absl::StrCat("SELECT daybook_visit(?", visitor, ", id, created_at");
  for (const Field* const field : tally.fields()) absl::StrAppend(&select, ", ", field->column);
  return select + ")";
}

Tally::Value ValueIn(const Cell& cell) {
  switch (cell.type) {
    case ValueType::kInteger:
      return cell.integer;
    case ValueType::kText:
    case ValueType::kBlob:
      return cell.bytes;
    case ValueType::kNull:
    case ValueType::kReal:
      break;
  }
  return std::monostate();
}

// Hands rows, as SelectOf has them, to a tally: those of the range, which it sees for less than
// SQLite where that has to look at each entry of an index for it.
RowVisitor VisitorFor(Seq first, Seq last, Tally& tally) {
  return RowVisitor([first, last, &tally,
                     values = std::vector<Tally::Value>()](std::span<const Cell> cells) mutable {
    const Seq seq(static_cast<uint64_t>(cells[0].integer));
    if (seq < first || last < seq) return;
    const std::span<const Cell> fields = cells.subspan(2);
    values.resize(fields.size());
    std::transform(fields.begin(), fields.end(), values.begin(), ValueIn);
    tally.Add(seq, cells[1].integer, values);
  });
}

}  // namespace

bool SegmentReader::IsLedTo(const query::Filter& filter) const {
  const schema::v1::Index* const failures = FailuresIndexFor(filter);
  return HasIndexFor(filter) || (failures != nullptr && HasIndex(failures->name()));
}

std::string SegmentReader::LedFrom(const query::Filter& filter) const {
  if (HasIndexFor(filter)) {
    return absl::StrCat(" FROM audit_logs INDEXED BY ", *IndexFor(filter), " WHERE ", kRange);
  }
  const schema::v1::Index* const failures = FailuresIndexFor(filter);
  if (failures == nullptr || !HasIndex(failures->name())) {
    return absl::StrCat(" FROM audit_logs NOT INDEXED WHERE ", kRange);
  }
  return absl::StrCat(" FROM audit_logs INDEXED BY ", failures->name(), " WHERE ",
                      failures->where());
}

absl::StatusOr<uint64_t> SegmentReader::TallyRange(Seq first, Seq last, const query::Filter& filter,
                                                   Tally& tally) {
  const FilterSql condition(filter, kVisitorBehindRange + 1);
  RowVisitor visitor = VisitorFor(first, last, tally);
  DAYBOOK_ASSIGN_OR_RETURN(const StatementCache::Lease select,
                           Prepare(absl::StrCat(SelectOf(tally, kVisitorBehindRange),
                                                LedFrom(filter), condition.text())));
  select->BindInteger(1, static_cast<int64_t>(first.value()));
  select->BindInteger(2, static_cast<int64_t>(last.value()));
  BindVisitor(*select, kVisitorBehindRange, visitor);
  condition.BindTo(*select);
  select->TakeExamined();  // of others, before
  DAYBOOK_RETURN_IF_ERROR(select->Run());
  return select->TakeExamined();
}

absl::Status SegmentReader::TallyThose(const std::vector<Seq>& seqs, const query::Filter& filter,
                                       Tally& tally) {
  const FilterSql condition(filter, kVisitorBehindId + 1);
  RowVisitor visitor = VisitorFor(seqs.back(), seqs.front(), tally);
  DAYBOOK_ASSIGN_OR_RETURN(
      const StatementCache::Lease select,
      Prepare(absl::StrCat(SelectOf(tally, kVisitorBehindId), " FROM audit_logs WHERE id = ?1",
                           condition.text())));
  BindVisitor(*select, kVisitorBehindId, visitor);
  condition.BindTo(*select);
  return connection_.InSnapshot([&]() -> absl::Status {
    for (const Seq seq : seqs) {
      select->BindInteger(1, static_cast<int64_t>(seq.value()));
      DAYBOOK_RETURN_IF_ERROR(select->Run());
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<Micros> SegmentReader::RecordTime(Seq seq) {
  DAYBOOK_ASSIGN_OR_RETURN(const StatementCache::Lease select, Prepare(kTime));
  select->BindInteger(1, static_cast<int64_t>(seq.value()));
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
  if (!has_row) return MissingEventError(seq);
  return select->Integer(0);
}

absl::StatusOr<Seq> SegmentReader::FirstSince(Micros time, Seq first, Seq end) {
  DAYBOOK_ASSIGN_OR_RETURN(const StatementCache::Lease select, Prepare(kTime));
  uint64_t found = first.value();
  DAYBOOK_RETURN_IF_ERROR(connection_.InSnapshot([&]() -> absl::Status {
    for (uint64_t left = end.value() - found; left > 0;) {
      const uint64_t middle = found + left / 2;
      select->BindInteger(1, static_cast<int64_t>(middle));
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
      if (!has_row) return MissingEventError(Seq(middle));
      const bool is_before = select->Integer(0) < time;
      select->Reset();
      if (is_before) {
        left -= left / 2 + 1;
        found = middle + 1;
      } else {
        left /= 2;
      }
    }
    return absl::OkStatus();
  }));
  return Seq(found);
}

}  // namespace daybook::storage::sqlite
