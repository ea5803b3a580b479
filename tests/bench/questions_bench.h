#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// The questions that the log was invented for, asked of daybookd and in SQL of one
// table with the same events, in turns; asked of daybookd while it records, too; and
// what the index of failures costs recording.
absl::Status RunQuestions(const DataSet& data, const Sizes& sizes, Results& results);

}  // namespace daybook::bench
