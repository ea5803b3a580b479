#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "storage/sqlite/filter_sql.h"
#include "storage/sqlite/segment_reader.h"
#include "storage/sqlite/store_errors.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Statement;
using ::daybook::db::sqlite::StatementCache;
using ::daybook::query::Field;
using ::daybook::query::FieldKind;

constexpr char kTime[] = "SELECT created_at FROM audit_logs WHERE id = ?1";

constexpr char kRange[] = "id BETWEEN ?1 AND ?2";
constexpr char kNewestFirst[] = " ORDER BY id DESC";
constexpr char kNearlyNewestFirst[] = " ORDER BY created_at DESC";

constexpr int kBehindRange = 3;  // the first parameter of a filter
constexpr int kBehindId = 2;
constexpr int kFirstValue = 2;  // behind id and record time

std::string SelectOf(const Tally& tally) {
  std::string select = "SELECT id, created_at";
  for (const Field* const field : tally.fields()) absl::StrAppend(&select, ", ", field->column);
  return select;
}

bool IsText(const Field& field) {
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kIpAddress:
    case FieldKind::kJson:
      return true;
    case FieldKind::kInteger:
    case FieldKind::kTime:
    case FieldKind::kOutcome:
    case FieldKind::kSource:
      return false;
  }
  return false;
}

// Hands the rows of a statement to a tally.
class RowTally {
 public:
  RowTally(const Statement& select, Tally& tally)
      : select_(select), tally_(tally), values_(tally.fields().size()) {
    for (const Field* const field : tally.fields()) is_text_.push_back(IsText(*field));
  }

  // The row that the statement stands on.
  void Add() {
    for (size_t i = 0; i < values_.size(); ++i) values_[i] = ValueAt(i);
    tally_.Add(Seq(static_cast<uint64_t>(select_.Integer(0))), select_.Integer(1), values_);
  }

 private:
  Tally::Value ValueAt(size_t i) const {
    const int column = kFirstValue + static_cast<int>(i);
    if (select_.IsNull(column)) return std::monostate();
    if (is_text_[i]) return select_.Bytes(column);
    return select_.Integer(column);
  }

  const Statement& select_;
  Tally& tally_;
  std::vector<bool> is_text_;
  std::vector<Tally::Value> values_;
};

}  // namespace

bool SegmentReader::IsLedTo(const query::Filter& filter) const {
  const schema::v1::Index* const failures = FailuresIndexFor(filter);
  return HasIndexFor(filter) || (failures != nullptr && HasIndex(failures->name()));
}

SegmentReader::Led SegmentReader::LedFrom(const query::Filter& filter) const {
  if (HasIndexFor(filter)) {
    return {
        .from = absl::StrCat(" FROM audit_logs INDEXED BY ", *IndexFor(filter), " WHERE ", kRange),
        .order = kNewestFirst};
  }
  const schema::v1::Index* const failures = FailuresIndexFor(filter);
  if (failures == nullptr || !HasIndex(failures->name())) {
    return {.from = absl::StrCat(" FROM audit_logs NOT INDEXED WHERE ", kRange),
            .order = kNewestFirst};
  }
  return {.from = absl::StrCat(" FROM audit_logs INDEXED BY ", failures->name(), " WHERE ",
                               failures->where(), " AND ", kRange),
          .order = kNearlyNewestFirst};
}

absl::StatusOr<uint64_t> SegmentReader::TallyRange(Seq first, Seq last, const query::Filter& filter,
                                                   Tally& tally) {
  const FilterSql condition(filter, kBehindRange);
  const Led led = LedFrom(filter);
  DAYBOOK_ASSIGN_OR_RETURN(
      const StatementCache::Lease select,
      Prepare(absl::StrCat(SelectOf(tally), led.from, condition.text(), led.order)));
  select->BindInteger(1, static_cast<int64_t>(first.value()));
  select->BindInteger(2, static_cast<int64_t>(last.value()));
  condition.BindTo(*select);
  RowTally rows(*select, tally);
  select->TakeExamined();  // of others, before
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
    if (!has_row) return select->TakeExamined();
    rows.Add();
  }
}

absl::Status SegmentReader::TallyThose(const std::vector<Seq>& seqs, const query::Filter& filter,
                                       Tally& tally) {
  const FilterSql condition(filter, kBehindId);
  DAYBOOK_ASSIGN_OR_RETURN(
      const StatementCache::Lease select,
      Prepare(absl::StrCat(SelectOf(tally), " FROM audit_logs WHERE id = ?1", condition.text())));
  condition.BindTo(*select);
  RowTally rows(*select, tally);
  return connection_.InSnapshot([&]() -> absl::Status {
    for (const Seq seq : seqs) {
      select->BindInteger(1, static_cast<int64_t>(seq.value()));
      DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select->Step());
      if (has_row) rows.Add();
      select->Reset();
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
