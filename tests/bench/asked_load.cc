#include "bench/asked_load.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "bench/batch_load.h"
#include "bench/growing_store.h"
#include "bench/latencies.h"
#include "bench/paired_turns.h"
#include "bench/process_stats.h"
#include "bench/service_questions.h"
#include "core/status_macros.h"

namespace daybook::bench {
namespace {

using std::chrono::steady_clock;

constexpr int kRecordedBatch = 1'000;
constexpr absl::Duration kAskedWindow = absl::Hours(1);

// How someone asks while the service records.
struct Pace {
  const char* title;
  bool asks = true;
  std::chrono::milliseconds every{0};  // 0 is one after the other
};

constexpr std::array<Pace, 3> kPaces = {
    {{.title = "nobody asks", .asks = false},
     {.title = "50 questions a second", .every = std::chrono::milliseconds(20)},
     {.title = "one question after the other"}}};

// What the turns of one pace came to.
struct PaceResult {
  std::vector<double> rates;  // of recording
  Latencies latencies;
  double asked_seconds = 0;
};

// Asks until it is enough. A question that is due counts from then on, also where
// the one before it has kept it waiting.
absl::Status AskUntil(const std::atomic<bool>& enough, const Pace& pace, Questions& asked,
                      PaceResult& result) {
  const auto begin = steady_clock::now();
  for (auto due = begin; !enough; due += pace.every) {
    if (pace.every.count() == 0) due = steady_clock::now();
    std::this_thread::sleep_until(due);
    DAYBOOK_RETURN_IF_ERROR(asked.AskWhoFailedOften(kAskedWindow).status());
    result.latencies.Add(steady_clock::now() - due);
  }
  result.asked_seconds += std::chrono::duration<double>(steady_clock::now() - begin).count();
  return absl::OkStatus();
}

absl::Status TakeTurn(uint64_t events, const Pace& pace, GrowingStore& store, Questions& asked,
                      PaceResult& result) {
  std::atomic<bool> enough = false;
  std::future<absl::Status> asking;
  if (pace.asks) {
    asking = std::async(std::launch::async, [&] { return AskUntil(enough, pace, asked, result); });
  }
  const absl::StatusOr<IngestResult> recorded = store.Grow(events);
  enough = true;
  if (pace.asks) DAYBOOK_RETURN_IF_ERROR(asking.get());
  DAYBOOK_RETURN_IF_ERROR(recorded.status());
  result.rates.push_back(recorded->rate());
  return absl::OkStatus();
}

// What the rates lack of those while nobody asks, in percent.
double LossOf(const PaceResult& result, const PaceResult& unasked) {
  return 100 * (1 - MedianRatio(result.rates, unasked.rates));
}

void Print(const Pace& pace, const PaceResult& result, const PaceResult& unasked) {
  std::printf("   %-30s %9.0f  %6.1f  %10.0f  %7.2f  %7.2f\n", pace.title, MedianOf(result.rates),
              LossOf(result, unasked),
              static_cast<double>(result.latencies.count()) / std::max(result.asked_seconds, 1e-9),
              result.latencies.P50(), result.latencies.P99());
}

void Report(const std::array<PaceResult, 3>& paces, Results& results) {
  std::printf("   %-30s  events/s  loss %%  questions/s  p50 ms   p99 ms\n", "");
  for (size_t i = 0; i < paces.size(); ++i) Print(kPaces.at(i), paces.at(i), paces[0]);
  std::fflush(stdout);
  results.Add("recording_unasked", MedianOf(paces[0].rates), "events/s");
  results.Add("recording_loss_while_asked_50_per_s", LossOf(paces[1], paces[0]), "%");
  results.Add("recording_loss_while_asked", LossOf(paces[2], paces[0]), "%");
  results.Add("questions_while_ingesting_50_per_s_p50_ms", paces[1].latencies.P50(), "ms");
  results.Add("questions_while_ingesting_50_per_s_p99_ms", paces[1].latencies.P99(), "ms");
  results.Add("questions_while_ingesting_p50_ms", paces[2].latencies.P50(), "ms");
  results.Add("questions_while_ingesting_p99_ms", paces[2].latencies.P99(), "ms");
}

}  // namespace

absl::Status RecordWhileAsked(const DataSet& data, const Sizes& sizes, const QuestionLog& log,
                              const DaybookdProcess& daybookd, Results& results) {
  std::printf(
      "   recording at full speed, batches of 1,000, %d in flight; asked who failed more than 5\n"
      "   times in 1 h, over a connection apart; %s events a turn, %d turns each, median\n",
      sizes.batches_in_flight, SizeName(sizes.asked_turn).c_str(), sizes.paired_rounds);
  std::fflush(stdout);
  GrowingStore store(data, sizes, daybookd,
                     {.batch_size = kRecordedBatch, .in_flight = sizes.batches_in_flight},
                     SendBatches);
  ServiceQuestions asked(OpenChannels(daybookd.address(), sizes.connections + 1).back(), log);
  DAYBOOK_RETURN_IF_ERROR(store.Grow(sizes.asked_turn).status());  // warms up
  std::array<PaceResult, 3> paces;
  for (size_t round = 0; round < static_cast<size_t>(sizes.paired_rounds); ++round) {
    for (size_t turn = 0; turn < paces.size(); ++turn) {
      const size_t i = (round + turn) % paces.size();  // nobody is always the first
      AwaitIdle(daybookd.pid());
      DAYBOOK_RETURN_IF_ERROR(TakeTurn(sizes.asked_turn, kPaces.at(i), store, asked, paces.at(i)));
    }
  }
  Report(paces, results);
  return absl::OkStatus();
}

}  // namespace daybook::bench
