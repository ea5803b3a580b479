#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace daybook::bench {

// What came back for a question: names with numbers, in the question's order.
struct QuestionAnswer {
  std::vector<std::pair<std::string, double>> lines = {};
  int calls = 1;  // that it took
};

// One who can be asked about a QuestionLog.
//
// Thread-compatible.
class Questions {
 public:
  virtual ~Questions() = default;

  // Which actors failed more than five times in the log's last `window`, and how
  // often: the most first.
  virtual absl::StatusOr<QuestionAnswer> AskWhoFailedOften(absl::Duration window) = 0;

  // How many deposits were confirmed on the log's last day, and what they come to.
  virtual absl::StatusOr<QuestionAnswer> AskDepositsToday() = 0;

  // A person's latest ten events, whole: the newest first. A line has a seq.
  virtual absl::StatusOr<QuestionAnswer> AskLatestTen(int64_t user_id) = 0;

  // Event number `seq`: about the least that a question can cost.
  virtual absl::StatusOr<QuestionAnswer> AskOne(uint64_t seq) = 0;
};

// True where both say the same; sums may differ by what adding up doubles costs.
bool SaysTheSame(const QuestionAnswer& a, const QuestionAnswer& b);

}  // namespace daybook::bench
