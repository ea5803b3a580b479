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

constexpr size_t kTableBatch = 1'000;

// Appends the data set to a table; the clock stands still while events are made.
class TableFiller {
 public:
  TableFiller(const DataSet& data, PlainTable& table)
      : data_(data), table_(table), batch_(kTableBatch) {
    for (const RecordEventRequest& request : batch_) pointers_.push_back(&request);
  }

  // Appends until the table has `rows`; the rate in events a second.
  absl::StatusOr<double> FillTo(uint64_t rows) {
    std::chrono::duration<double> seconds{};
    const uint64_t before = table_.rows();
    while (table_.rows() < rows) {
      EventGenerator generator(data_, next_batch_++);
      for (RecordEventRequest& request : batch_) generator.Next(request);
      const auto begin = std::chrono::steady_clock::now();
      DAYBOOK_RETURN_IF_ERROR(table_.Append(pointers_));
      seconds += std::chrono::steady_clock::now() - begin;
    }
    return static_cast<double>(table_.rows() - before) / seconds.count();
  }

 private:
  const DataSet& data_;
  PlainTable& table_;
  uint64_t next_batch_ = 0;
  std::vector<RecordEventRequest> batch_;
  std::vector<const RecordEventRequest*> pointers_;
};

// Measures the indexed table at one size after the other.
class IndexedTableRun {
 public:
  IndexedTableRun(const DataSet& data, const Sizes& sizes, PlainTable& table)
      : sizes_(sizes), table_(table), filler_(data, table) {}

  // The table as it is when every row was appended under its indexes.
  absl::StatusOr<double> MeasureGrownTo(uint64_t mark) {
    DAYBOOK_RETURN_IF_ERROR(filler_.FillTo(mark - sizes_.table_window).status());
    return filler_.FillTo(mark);
  }

  // The indexes are built a little below the mark. In a built index every page
  // is full, so the first appends to it split pages; they are not counted.
  absl::StatusOr<double> MeasureBuiltTo(uint64_t mark) {
    DAYBOOK_RETURN_IF_ERROR(table_.DropIndexes());
    const uint64_t window = sizes_.table_window;
    DAYBOOK_RETURN_IF_ERROR(filler_.FillTo(std::max(table_.rows(), mark - 3 * window)).status());
    DAYBOOK_RETURN_IF_ERROR(table_.CreateIndexes());
    return MeasureGrownTo(mark);
  }

 private:
  const Sizes& sizes_;
  PlainTable& table_;
  TableFiller filler_;
};

void PrintTableRate(uint64_t rows, double rate, const char* indexes) {
  std::printf("%10s  %12.0f  %s\n", SizeName(rows).c_str(), rate, indexes);
  std::fflush(stdout);
}

}  // namespace

absl::Status RunRaw(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.raw * 1'000));
  DAYBOOK_ASSIGN_OR_RETURN(PlainTable table, PlainTable::Create(folder.File("raw.db")));
  TableFiller filler(data, table);
  std::printf("\nraw: one SQLite table without secondary index, batches of 1,000\n");
  std::printf("      rows      events/s\n");
  double seconds = 0;
  for (uint64_t rows = sizes.step; rows <= sizes.raw; rows += sizes.step) {
    DAYBOOK_ASSIGN_OR_RETURN(const double rate, filler.FillTo(rows));
    seconds += static_cast<double>(sizes.step) / rate;
    std::printf("%10s  %12.0f\n", SizeName(rows).c_str(), rate);
    std::fflush(stdout);
  }
  results.Add("raw_batch1000", static_cast<double>(table.rows()) / seconds, "events/s");
  return absl::OkStatus();
}

absl::Status RunIndexedTable(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_RETURN_IF_ERROR(folder.CheckSpace(sizes.table_marks.back() * 2'000));
  DAYBOOK_ASSIGN_OR_RETURN(PlainTable table, PlainTable::Create(folder.File("table.db")));
  DAYBOOK_RETURN_IF_ERROR(table.CreateIndexes());
  IndexedTableRun run(data, sizes, table);
  std::printf(
      "\ntable: one SQLite table with the five indexes, batches of 1,000; the last %s appends\n"
      "before each size are timed. Where it says built, the table was filled without indexes,\n"
      "which were created before the last %s appends: they are denser than grown ones.\n",
      SizeName(sizes.table_window).c_str(), SizeName(3 * sizes.table_window).c_str());
  std::printf("      rows      events/s  indexes\n");
  for (const uint64_t mark : sizes.table_marks) {
    const bool grown = mark <= sizes.table_grown;
    DAYBOOK_ASSIGN_OR_RETURN(const double rate,
                             grown ? run.MeasureGrownTo(mark) : run.MeasureBuiltTo(mark));
    PrintTableRate(mark, rate, grown ? "grown" : "built");
    results.Add(absl::StrCat("indexed_table_at_", SizeName(mark)), rate, "events/s");
    if (mark != sizes.table_grown) continue;
    const uint64_t rebuilt = mark + 3 * sizes.table_window;
    DAYBOOK_ASSIGN_OR_RETURN(const double rebuilt_rate, run.MeasureBuiltTo(rebuilt));
    PrintTableRate(rebuilt, rebuilt_rate, "built, to compare with the line above");
  }
  return absl::OkStatus();
}

}  // namespace daybook::bench
