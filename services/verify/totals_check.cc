#include "verify/totals_check.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::verify {
namespace {

using ::daybook::storage::EventTotals;
using ::daybook::storage::kTotalsBlock;
using ::daybook::storage::sqlite::TotalsRow;

constexpr Seq kLastSeq(static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));

auto KeyOf(const TotalsRow& row) {
  return std::tie(row.block, row.kind.tenant, row.kind.action, row.kind.outcome);
}

bool AreTheSame(const TotalsRow& one, const TotalsRow& other) {
  const auto facts = [](const EventTotals& totals) {
    return std::tie(totals.events, totals.first_time, totals.last_time, totals.newest);
  };
  return KeyOf(one) == KeyOf(other) && facts(one.totals) == facts(other.totals) &&
         one.totals.amount.numbers() == other.totals.amount.numbers() &&
         one.totals.amount.text() == other.totals.amount.text();
}

Finding Mismatch(const TotalsRow& row, uint64_t end, const std::string& file) {
  const uint64_t block = row.block.value();
  return {.fault = Fault::kTotalsMismatch,
          .first_seq = block,
          .last_seq = std::max(block, std::min(block + kTotalsBlock, end) - 1),
          .what = absl::StrCat(file, ": the totals of ", row.kind.action)};
}

}  // namespace

void TotalsCheck::Add(const RowCheck& row) {
  const auto seq = static_cast<uint64_t>(row.id());
  if (in_block_++ == 0) first_ = seq;
  end_ = seq + 1;
  block_.Add({.seq = Seq(seq),
              .created_at = row.created_at(),
              .tenant = row.values().tenant,
              .action = row.values().action,
              .outcome = row.outcome(),
              .details = row.values().details});
  if (in_block_ == kTotalsBlock) EndBlock();
}

void TotalsCheck::EndBlock() {
  std::vector<TotalsRow> rows = storage::sqlite::RowsOf(Seq(first_), block_.Take());
  std::move(rows.begin(), rows.end(), std::back_inserter(expected_));
  in_block_ = 0;
}

// Names the first kind of the first block that differs.
absl::Status TotalsCheck::Compare(db::sqlite::Connection& segment, const std::string& file,
                                  Findings& findings) {
  if (in_block_ != 0) EndBlock();
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<TotalsRow> found,
                           storage::sqlite::ReadTotals(segment, Seq(0), kLastSeq));
  const auto [missing, wrong] =
      std::mismatch(expected_.begin(), expected_.end(), found.begin(), found.end(), AreTheSame);
  if (missing == expected_.end() && wrong == found.end()) return absl::OkStatus();
  const bool is_first_missing =
      wrong == found.end() || (missing != expected_.end() && KeyOf(*missing) < KeyOf(*wrong));
  findings.Add(Mismatch(is_first_missing ? *missing : *wrong, end_, file));
  return absl::OkStatus();
}

}  // namespace daybook::verify
