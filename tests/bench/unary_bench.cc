#include "bench/unary_bench.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/daybookd_process.h"
#include "bench/server_under_test.h"
#include "bench/unary_load.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"

namespace daybook::bench {
namespace {

constexpr std::array<int, 4> kInFlight = {1, 16, 64, 256};
constexpr int kChannels = 4;

template <typename Service>
std::vector<StartCall> CallsOf(const std::vector<std::shared_ptr<grpc::Channel>>& channels) {
  std::vector<StartCall> starts;
  for (const auto& channel : channels) {
    std::shared_ptr<typename Service::Stub> stub = Service::NewStub(channel);
    starts.emplace_back([stub](auto* context, const auto* request, auto* response, auto done) {
      stub->async()->RecordEvent(context, request, response, std::move(done));
    });
  }
  return starts;
}

LoadResult Median(std::vector<LoadResult> rounds) {
  std::sort(rounds.begin(), rounds.end(), [](const LoadResult& a, const LoadResult& b) {
    return a.calls_per_second < b.calls_per_second;
  });
  return rounds[rounds.size() / 2];
}

void Print(int in_flight, const LoadResult& empty, const LoadResult& record, double ratio) {
  std::printf("%9d  %12.0f %9.0f %9.0f  %12.0f %9.0f %9.0f  %6.2f\n", in_flight,
              empty.calls_per_second, empty.p50_us, empty.p99_us, record.calls_per_second,
              record.p50_us, record.p99_us, ratio);
  std::fflush(stdout);
}

}  // namespace

absl::Status RunUnary(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_ASSIGN_OR_RETURN(const auto server, ServerUnderTest::Start(StoreIn(folder)));
  const auto channels = OpenChannels(server->address(), kChannels);
  const std::vector<StartCall> empty_calls = CallsOf<EmptyService>(channels);
  const std::vector<StartCall> record_calls = CallsOf<audit::v1::AuditService>(channels);
  const auto duration = absl::ToChronoMilliseconds(sizes.turn);

  std::printf("unary calls, client and server in one process, %d rounds in turns, median\n",
              sizes.rounds);
  std::printf("           --------- empty handler --------  ---------- RecordEvent ---------\n");
  std::printf(
      "in flight       calls/s    p50 us    p99 us       calls/s    p50 us    p99 us   ratio\n");
  uint64_t seed = 1;
  for (const int in_flight : kInFlight) {
    std::vector<LoadResult> empty;
    std::vector<LoadResult> record;
    RunLoad(data, record_calls, in_flight, duration / 4, seed++);  // warms up
    for (int round = 0; round < sizes.rounds; ++round) {
      empty.push_back(RunLoad(data, empty_calls, in_flight, duration, seed++));
      record.push_back(RunLoad(data, record_calls, in_flight, duration, seed++));
      if (const uint64_t failures = empty.back().failures + record.back().failures; failures > 0) {
        return absl::InternalError(
            absl::StrCat(failures, " calls failed at ", in_flight, " in flight"));
      }
    }
    const LoadResult empty_median = Median(empty);
    const LoadResult record_median = Median(record);
    const double ratio = record_median.calls_per_second / empty_median.calls_per_second;
    Print(in_flight, empty_median, record_median, ratio);
    results.Add(absl::StrCat("unary_", in_flight, "_over_empty_handler"), ratio, "ratio");
    results.Add(absl::StrCat("unary_", in_flight, "_calls"), record_median.calls_per_second,
                "calls/s");
    results.Add(absl::StrCat("unary_", in_flight, "_p50"), record_median.p50_us, "us");
    results.Add(absl::StrCat("unary_", in_flight, "_p99"), record_median.p99_us, "us");
  }
  return absl::OkStatus();
}

}  // namespace daybook::bench
