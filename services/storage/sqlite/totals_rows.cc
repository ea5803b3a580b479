#include "storage/sqlite/totals_rows.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "core/status_macros.h"
#include "db/sqlite/statement.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::db::sqlite::Connection;
using ::daybook::db::sqlite::Statement;

constexpr char kEventsOfBlock[] =
    "SELECT id, created_at, tenant, action, outcome, details FROM audit_logs NOT INDEXED"
    " WHERE id BETWEEN ?1 AND ?2 ORDER BY id";
constexpr char kFirstEvent[] = "SELECT coalesce(min(id), 0) FROM audit_logs";
constexpr char kEventsEnd[] = "SELECT coalesce(max(id) + 1, 0) FROM audit_logs";
constexpr char kPutTotals[] =
    "INSERT INTO totals (block, tenant, action, outcome, events, first_time, last_time, newest,"
    " amounts, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
constexpr char kTotalsOfBlocks[] =
    "SELECT block, tenant, action, outcome, events, first_time, last_time, newest, amounts, amount"
    " FROM totals WHERE block BETWEEN ?1 AND ?2 ORDER BY block, tenant, action, outcome";

Seq SeqAt(const Statement& select, int column) {
  return Seq(static_cast<uint64_t>(select.Integer(column)));
}

absl::string_view TextAt(const Statement& select, int column) {
  return select.IsNull(column) ? absl::string_view() : select.Bytes(column);
}

std::string NewestText(const EventTotals& totals) {
  return absl::StrJoin(totals.newest, " ",
                       [](std::string* text, Seq seq) { absl::StrAppend(text, seq.value()); });
}

absl::Status Put(const TotalsRow& row, Statement& put) {
  const auto& [block, kind, totals] = row;
  const std::string newest = NewestText(totals);
  const std::string amount = totals.amount.text();
  put.BindInteger(1, static_cast<int64_t>(block.value()));
  put.BindText(2, kind.tenant);
  put.BindText(3, kind.action);
  put.BindInteger(4, kind.outcome);
  put.BindInteger(5, static_cast<int64_t>(totals.events));
  put.BindInteger(6, totals.first_time);
  put.BindInteger(7, totals.last_time);
  put.BindText(8, newest);
  put.BindInteger(9, static_cast<int64_t>(totals.amount.numbers()));
  put.BindText(10, amount);
  return put.Run();
}

std::vector<Seq> NewestIn(absl::string_view text) {
  std::vector<Seq> newest;
  newest.reserve(kSamples);
  for (const absl::string_view number : absl::StrSplit(text, ' ')) {
    uint64_t seq = 0;
    if (absl::SimpleAtoi(number, &seq)) newest.emplace_back(seq);
  }
  return newest;
}

TotalsRow RowIn(const Statement& select) {
  const auto amounts = static_cast<uint64_t>(select.Integer(8));
  return {
      .block = SeqAt(select, 0),
      .kind = {.tenant = select.Text(1), .action = select.Text(2), .outcome = select.Integer(3)},
      .totals = {.events = static_cast<uint64_t>(select.Integer(4)),
                 .first_time = select.Integer(5),
                 .last_time = select.Integer(6),
                 .newest = NewestIn(select.Bytes(7)),
                 .amount = amounts == 0 ? query::DecimalSum()
                                        : query::DecimalSum::Of(select.Bytes(9), amounts)}};
}

}  // namespace

std::vector<TotalsRow> RowsOf(Seq block, const TotalsByKind& kinds) {
  std::vector<TotalsRow> rows;
  rows.reserve(kinds.size());
  for (const auto& [kind, totals] : kinds) {
    rows.push_back({.block = block, .kind = kind, .totals = totals});
  }
  return rows;
}

absl::StatusOr<std::vector<TotalsRow>> SumUp(Connection& segment, Seq first, Seq last) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, segment.PrepareKnown(kEventsOfBlock));
  select.BindInteger(1, static_cast<int64_t>(first.value()));
  select.BindInteger(2, static_cast<int64_t>(last.value()));
  TotalsOfBlock block;
  for (uint64_t seq = first.value(); seq <= last.value(); ++seq) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row || SeqAt(select, 0) != Seq(seq)) return std::vector<TotalsRow>();
    block.Add({.seq = Seq(seq),
               .created_at = select.Integer(1),
               .tenant = TextAt(select, 2),
               .action = TextAt(select, 3),
               .outcome = select.Integer(4),
               .details = TextAt(select, 5)});
  }
  return RowsOf(first, block.Take());
}

absl::Status FillTotals(Connection& segment) {
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t first, segment.QueryInteger(kFirstEvent));
  DAYBOOK_ASSIGN_OR_RETURN(const int64_t end, segment.QueryInteger(kEventsEnd));
  DAYBOOK_ASSIGN_OR_RETURN(Statement put, segment.PrepareKnown(kPutTotals));
  for (auto begin = static_cast<uint64_t>(first); begin < static_cast<uint64_t>(end);
       begin += kTotalsBlock) {
    const uint64_t last = std::min(begin + kTotalsBlock, static_cast<uint64_t>(end)) - 1;
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<TotalsRow> rows,
                             SumUp(segment, Seq(begin), Seq(last)));
    for (const TotalsRow& row : rows) DAYBOOK_RETURN_IF_ERROR(Put(row, put));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<TotalsRow>> ReadTotals(Connection& segment, Seq first, Seq last) {
  DAYBOOK_ASSIGN_OR_RETURN(Statement select, segment.PrepareKnown(kTotalsOfBlocks));
  select.BindInteger(1, static_cast<int64_t>(first.value()));
  select.BindInteger(2, static_cast<int64_t>(last.value()));
  std::vector<TotalsRow> rows;
  while (true) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool has_row, select.Step());
    if (!has_row) return rows;
    rows.push_back(RowIn(select));
  }
}

}  // namespace daybook::storage::sqlite
