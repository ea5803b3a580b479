#include "bench/data_bench.h"

#include <chrono>
#include <cstdio>
#include <vector>

#include "bench/event_generator.h"
#include "daybook/audit/v1/audit_service.pb.h"

namespace daybook::bench {

absl::Status RunData(const DataSet& data, const Sizes& /*sizes*/, Results& results) {
  constexpr int kRounds = 200;
  std::vector<audit::v1::RecordEventRequest> batch(1'000);
  EventGenerator generator(data, 1);
  for (auto& request : batch) generator.Next(request);
  const auto begin = std::chrono::steady_clock::now();
  for (int round = 0; round < kRounds; ++round) {
    for (auto& request : batch) generator.Next(request);
  }
  const std::chrono::duration<double, std::nano> spent = std::chrono::steady_clock::now() - begin;

  size_t bytes = 0;
  for (const auto& request : batch) bytes += request.ByteSizeLong();
  const auto count = static_cast<double>(batch.size());
  const double nanos = spent.count() / (kRounds * count);
  std::printf("data: an event with its request_id is %.0f bytes; making one takes %.0f ns\n",
              static_cast<double>(bytes) / count, nanos);
  results.Add("data_bytes_per_event", static_cast<double>(bytes) / count, "bytes");
  results.Add("data_generator", nanos, "ns");
  return absl::OkStatus();
}

}  // namespace daybook::bench
