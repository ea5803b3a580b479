#include "bench/unary_bench.h"

#include <array>
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/daybookd_process.h"
#include "bench/disk_reference.h"
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
class RecordCall final : public RepeatedCall {
 public:
  explicit RecordCall(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(Service::NewStub(channel)) {}

  void Fill(EventGenerator& generator) override { generator.Next(request_); }

  void Start(grpc::ClientContext& context, std::function<void(grpc::Status)> done) override {
    stub_->async()->RecordEvent(&context, &request_, &response_, std::move(done));
  }

 private:
  const std::unique_ptr<typename Service::Stub> stub_;
  audit::v1::RecordEventRequest request_;
  audit::v1::RecordEventResponse response_;
};

template <typename Service>
std::vector<MakeCall> CallsOf(const std::vector<std::shared_ptr<grpc::Channel>>& channels) {
  std::vector<MakeCall> calls;
  for (const auto& channel : channels) {
    calls.emplace_back([channel] { return std::make_unique<RecordCall<Service>>(channel); });
  }
  return calls;
}

absl::Status MeasureDisk(const WorkFolder& folder, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const double micros, MedianSyncMicros(folder));
  std::printf("appending 4 KiB and fdatasync on this disk: median %.0f us\n", micros);
  results.Add("fdatasync_p50", micros, "us");
  return absl::OkStatus();
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
  const std::vector<MakeCall> empty_calls = CallsOf<EmptyService>(channels);
  const std::vector<MakeCall> record_calls = CallsOf<audit::v1::AuditService>(channels);
  const auto duration = absl::ToChronoMilliseconds(sizes.turn);

  std::printf("\nunary: calls, client and server in one process, %d rounds in turns, median\n",
              sizes.rounds);
  DAYBOOK_RETURN_IF_ERROR(MeasureDisk(folder, results));
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
    const LoadResult empty_median = MedianOf(empty);
    const LoadResult record_median = MedianOf(record);
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
