#include "bench/failures_index_bench.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "bench/engine_store.h"
#include "bench/paired_turns.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kFailuresBatch = 1'000;
constexpr uint64_t kFailingPersons = 100'000;
constexpr std::array<uint64_t, 3> kPercents = {0, 1, 100};

audit::v1::Event EventThatMayFail(uint64_t number, uint64_t percent) {
  const uint64_t person = number * 7'919 % kFailingPersons;
  audit::v1::Event event;
  event.set_action("login");
  event.set_outcome(number % 100 < percent ? audit::v1::OUTCOME_FAILURE
                                           : audit::v1::OUTCOME_SUCCESS);
  event.set_user_id(static_cast<int64_t>(person));
  event.set_actor(absl::StrCat("user:", person));
  event.set_telegram_id(absl::StrCat(100'000'000 + person));
  event.set_ip_address(absl::StrCat("203.0.113.", number % 256));
  return event;
}

// What a new store takes of its first events, in events a second.
absl::StatusOr<double> RateOf(uint64_t percent, uint64_t events) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EngineStore> store,
                           EngineStore::Make(folder.File("store")));
  while (store->events() < events) {
    std::vector<audit::v1::Event> batch(std::min(kFailuresBatch, events - store->events()));
    for (uint64_t i = 0; i < batch.size(); ++i) {
      batch[i] = EventThatMayFail(store->events() + i, percent);
    }
    DAYBOOK_RETURN_IF_ERROR(store->Append(std::move(batch), absl::Now()));
  }
  return static_cast<double>(events) / store->appending().count();
}

}  // namespace

absl::Status MeasureFailuresIndex(const Sizes& sizes, Results& results) {
  std::printf(
      "   the engine alone, %s events appended to a new store in batches of 1,000, %d rounds in\n"
      "   turns, median\n",
      SizeName(sizes.failures_turn).c_str(), sizes.paired_rounds);
  std::fflush(stdout);
  std::array<std::vector<double>, kPercents.size()> rates;
  for (int round = 0; round < sizes.paired_rounds; ++round) {
    for (size_t i = 0; i < kPercents.size(); ++i) {
      DAYBOOK_ASSIGN_OR_RETURN(rates.at(i).emplace_back(),
                               RateOf(kPercents.at(i), sizes.failures_turn));
    }
  }
  const double some = MedianRatio(rates[1], rates[0]);
  const double all = MedianRatio(rates[2], rates[0]);
  std::printf("   no failures %.0f events/s, 1 %% of them %.0f: %.3f, all %.0f: %.3f\n",
              MedianOf(rates[0]), MedianOf(rates[1]), some, MedianOf(rates[2]), all);
  results.Add("engine_without_failures", MedianOf(rates[0]), "events/s");
  results.Add("failures_index_cost_1pct_ratio", some, "ratio");
  results.Add("failures_index_cost_100pct_ratio", all, "ratio");
  return absl::OkStatus();
}

}  // namespace daybook::bench
