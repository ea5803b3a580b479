#include "bench/sqlite_bench.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/event_generator.h"
#include "bench/plain_table.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

using ::daybook::audit::v1::RecordEventRequest;

constexpr uint64_t kTableBatch = 1'000;
constexpr uint64_t kHurriedBatch = 50'000;

// Appends the data set to a table; the clock stands still while events are made.
class TableFiller {
 public:
  TableFiller(const DataSet& data, PlainTable& table) : data_(data), table_(table) {}

  // Appends until the table has `rows`, so many in a transaction; the rate in
  // events a second.
  absl::StatusOr<double> FillTo(uint64_t rows, uint64_t batch_size) {
    std::chrono::duration<double> seconds{};
    const uint64_t before = table_.rows();
    while (table_.rows() < rows) {
      batch_.resize(std::min(batch_size, rows - table_.rows()));
      EventGenerator generator(data_, next_batch_++);
      for (RecordEventRequest& request : batch_) generator.Next(request);
      const auto begin = std::chrono::steady_clock::now();
      DAYBOOK_RETURN_IF_ERROR(Append());
      seconds += std::chrono::steady_clock::now() - begin;
    }
    return static_cast<double>(table_.rows() - before) / seconds.count();
  }

 private:
  absl::Status Append() {
    DAYBOOK_RETURN_IF_ERROR(table_.Begin());
    for (const RecordEventRequest& request : batch_) DAYBOOK_RETURN_IF_ERROR(table_.Add(request));
    return table_.Commit();
  }

  const DataSet& data_;
  PlainTable& table_;
  uint64_t next_batch_ = 0;
  std::vector<RecordEventRequest> batch_;
};

// What the table takes at `mark` rows. Up to two windows below it is filled in
// a hurry; one window of proper appends fills cache and WAL; the last one counts.
absl::StatusOr<double> MeasureAt(uint64_t mark, uint64_t window, PlainTable& table,
                                 TableFiller& filler) {
  DAYBOOK_RETURN_IF_ERROR(table.Hurry());
  DAYBOOK_RETURN_IF_ERROR(filler.FillTo(mark - 2 * window, kHurriedBatch).status());
  DAYBOOK_RETURN_IF_ERROR(table.StopHurrying());
  DAYBOOK_RETURN_IF_ERROR(filler.FillTo(mark - window, kTableBatch).status());
  return filler.FillTo(mark, kTableBatch);
}

}  // namespace

absl::Status RunRaw(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_ASSIGN_OR_RETURN(PlainTable table, PlainTable::Create(folder.File("raw.db")));
  TableFiller filler(data, table);
  std::printf("\nraw: one SQLite table without secondary index, batches of 1,000\n");
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.raw * 1'000));
  std::printf("      rows      events/s\n");
  double seconds = 0;
  for (uint64_t rows = sizes.step; rows <= sizes.raw; rows += sizes.step) {
    DAYBOOK_ASSIGN_OR_RETURN(const double rate, filler.FillTo(rows, kTableBatch));
    seconds += static_cast<double>(sizes.step) / rate;
    std::printf("%10s  %12.0f\n", SizeName(rows).c_str(), rate);
    std::fflush(stdout);
  }
  results.Add("raw_batch1000", static_cast<double>(table.rows()) / seconds, "events/s");
  return absl::OkStatus();
}

absl::Status RunIndexedTable(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_ASSIGN_OR_RETURN(PlainTable table, PlainTable::Create(folder.File("table.db")));
  DAYBOOK_RETURN_IF_ERROR(table.CreateIndexes());
  TableFiller filler(data, table);
  std::printf(
      "\ntable: one SQLite table with the five indexes, batches of 1,000, synchronous=FULL; the\n"
      "last %s appends before each size are timed. In between it grew in transactions of\n"
      "50,000 without syncs, to get there sooner; rows and indexes are the same.\n",
      SizeName(sizes.table_window).c_str());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.table_marks.back() * 1'500));
  std::printf("      rows      events/s\n");
  for (const uint64_t mark : sizes.table_marks) {
    DAYBOOK_ASSIGN_OR_RETURN(const double rate, MeasureAt(mark, sizes.table_window, table, filler));
    std::printf("%10s  %12.0f\n", SizeName(mark).c_str(), rate);
    std::fflush(stdout);
    results.Add(absl::StrCat("indexed_table_at_", SizeName(mark)), rate, "events/s");
  }
  return absl::OkStatus();
}

}  // namespace daybook::bench
