#include "bench/unary_load.h"

#include <algorithm>
#include <atomic>
#include <latch>
#include <memory>
#include <utility>

namespace daybook::bench {
namespace {

using std::chrono::steady_clock;

// One of the calls in flight: begins the next as soon as one ends.
class Slot {
 public:
  Slot(const DataSet& data, std::unique_ptr<RepeatedCall> call, uint64_t seed,
       steady_clock::time_point end, std::latch& done)
      : call_(std::move(call)), generator_(data, seed), end_(end), done_(done) {}

  void Begin() {
    call_->Fill(generator_);
    context_ = std::make_unique<grpc::ClientContext>();
    begin_ = steady_clock::now();
    call_->Start(*context_, [this](const grpc::Status& status) { End(status); });
  }

  const std::vector<float>& micros() const { return micros_; }
  uint64_t failures() const { return failures_; }

 private:
  void End(const grpc::Status& status) {
    const auto now = steady_clock::now();
    if (!status.ok()) ++failures_;
    micros_.push_back(std::chrono::duration<float, std::micro>(now - begin_).count());
    if (now < end_) return Begin();
    done_.count_down();
  }

  const std::unique_ptr<RepeatedCall> call_;
  EventGenerator generator_;
  const steady_clock::time_point end_;
  std::latch& done_;
  std::unique_ptr<grpc::ClientContext> context_;
  steady_clock::time_point begin_;
  std::vector<float> micros_;
  uint64_t failures_ = 0;
};

double Quantile(const std::vector<float>& sorted, double quantile) {
  if (sorted.empty()) return 0;
  return sorted[static_cast<size_t>(quantile * static_cast<double>(sorted.size() - 1))];
}

}  // namespace

LoadResult RunLoad(const DataSet& data, const std::vector<MakeCall>& calls, int in_flight,
                   std::chrono::milliseconds duration, uint64_t seed) {
  std::latch done(in_flight);
  const auto begin = steady_clock::now();
  std::vector<std::unique_ptr<Slot>> slots;
  slots.reserve(static_cast<size_t>(in_flight));
  for (int i = 0; i < in_flight; ++i) {
    slots.push_back(std::make_unique<Slot>(data, calls[static_cast<size_t>(i) % calls.size()](),
                                           seed * 1'000 + static_cast<uint64_t>(i),
                                           begin + duration, done));
  }
  for (const auto& slot : slots) slot->Begin();
  done.wait();
  const double seconds = std::chrono::duration<double>(steady_clock::now() - begin).count();

  LoadResult result;
  std::vector<float> micros;
  for (const auto& slot : slots) {
    micros.insert(micros.end(), slot->micros().begin(), slot->micros().end());
    result.failures += slot->failures();
  }
  std::sort(micros.begin(), micros.end());
  result.calls_per_second = static_cast<double>(micros.size()) / seconds;
  result.p50_us = Quantile(micros, 0.50);
  result.p99_us = Quantile(micros, 0.99);
  return result;
}

LoadResult MedianOf(std::vector<LoadResult> rounds) {
  std::sort(rounds.begin(), rounds.end(), [](const LoadResult& a, const LoadResult& b) {
    return a.calls_per_second < b.calls_per_second;
  });
  return rounds[rounds.size() / 2];
}

}  // namespace daybook::bench
