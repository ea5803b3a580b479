#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace daybook::bench {

// How much each benchmark does.
//
// Immutable.
struct Sizes {
  absl::Duration turn;  // one turn of a load of single calls
  int rounds = 0;       // turns of each partner, of which the median counts

  uint64_t step = 0;       // rates are printed each so many events
  uint64_t batch1000 = 0;  // events recorded in batches of 1,000
  uint64_t batch100 = 0;
  uint64_t streamed = 0;
  uint64_t ledger_turn = 0;  // events of one turn with, or without, the ledger
  int batches_in_flight = 4;
  int connections = 2;
  int streams = 4;
  std::vector<uint64_t> query_marks;  // queries are measured at these sizes

  uint64_t raw = 0;                   // rows of the table without indexes
  std::vector<uint64_t> table_marks;  // the indexed table is measured at these sizes
  uint64_t table_window = 0;          // … over so many appends
  uint64_t copied = 0;                // rows that PostgreSQL is given by COPY

  uint64_t verified = 0;  // events of the store that is verified

  uint64_t checked_rows = 0;  // of the table that is given a CHECK in place
  uint64_t rebuilt_rows = 0;  // of the table that is written anew

  uint64_t questioned = 0;     // events of the log that questions are asked of
  int questions = 0;           // of each kind
  uint64_t asked_turn = 0;     // events recorded in one turn while questions are asked
  uint64_t failures_turn = 0;  // events appended in one turn of the index of failures
  int paired_rounds = 0;       // turns of each in both, held against those beside them

  absl::Duration query_patience;  // after it no more queries of a kind are sent
  int queries = 0;                // of each kind, unless they take too long
};

Sizes FullSizes();

// A short form for CI.
Sizes QuickSizes();

// 20000000 is 20m, 500000 is 500k: for the names of results.
std::string SizeName(uint64_t events);

}  // namespace daybook::bench
