#pragma once

#include "absl/status/status.h"

#include "bench/data_set.h"
#include "bench/daybookd_process.h"
#include "bench/question_log.h"
#include "bench/results.h"
#include "bench/sizes.h"

namespace daybook::bench {

// `daybookd`, which serves `log`, records as fast as it can while nobody asks,
// while someone asks 50 times a second, and while someone asks without pause; in
// turns.
absl::Status RecordWhileAsked(const DataSet& data, const Sizes& sizes, const QuestionLog& log,
                              const DaybookdProcess& daybookd, Results& results);

}  // namespace daybook::bench
