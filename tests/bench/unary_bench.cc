#include "bench/unary_bench.h"

#include <algorithm>
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
  calls.reserve(channels.size());
  for (const auto& channel : channels) {
    calls.emplace_back([channel] { return std::make_unique<RecordCall<Service>>(channel); });
  }
  return calls;
}

void PrintUnaryHead(int rounds) {
  std::printf("\nunary: calls, client and server in one process, %d rounds in turns, median\n",
              rounds);
  std::printf("           --------- empty handler --------  ---------- RecordEvent ---------\n");
  std::printf(
      "in flight       calls/s    p50 us    p99 us       calls/s    p50 us    p99 us   ratio\n");
}

// RecordEvent and its partners, in turns.
class UnaryRun {
 public:
  UnaryRun(const DataSet& data, const Sizes& sizes, const WorkFolder& folder,
           const std::string& address, Results& results)
      : data_(data),
        sizes_(sizes),
        folder_(folder),
        channels_(OpenChannels(address, kChannels)),
        empty_calls_(CallsOf<EmptyService>(channels_)),
        record_calls_(CallsOf<audit::v1::AuditService>(channels_)),
        results_(results) {}

  absl::Status Measure(int in_flight) {
    std::vector<LoadResult> empty;
    std::vector<LoadResult> record;
    const auto turn = absl::ToChronoMilliseconds(sizes_.turn);
    RunLoad(data_, record_calls_, in_flight, turn / 4, seed_++);  // warms up
    for (int round = 0; round < sizes_.rounds; ++round) {
      if (in_flight == 1) DAYBOOK_RETURN_IF_ERROR(SyncSome());
      empty.push_back(RunLoad(data_, empty_calls_, in_flight, turn, seed_++));
      record.push_back(RunLoad(data_, record_calls_, in_flight, turn, seed_++));
      if (empty.back().failures + record.back().failures > 0) {
        return absl::InternalError(absl::StrCat("calls failed at ", in_flight, " in flight"));
      }
    }
    if (in_flight == 1) DAYBOOK_RETURN_IF_ERROR(SyncSome());
    Report(in_flight, MedianOf(empty), MedianOf(record));
    return absl::OkStatus();
  }

  void ReportDisk() {
    std::sort(sync_micros_.begin(), sync_micros_.end());
    const double median = sync_micros_[sync_micros_.size() / 2];
    std::printf("4 KiB appended and fdatasync, between the turns of 1 in flight: median %.0f us\n",
                median);
    results_.Add("fdatasync_p50", median, "us");
  }

 private:
  absl::Status SyncSome() {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<double> micros,
                             SyncMicros(folder_, absl::ToChronoMilliseconds(sizes_.turn) / 4));
    sync_micros_.insert(sync_micros_.end(), micros.begin(), micros.end());
    return absl::OkStatus();
  }

  void Report(int in_flight, const LoadResult& empty, const LoadResult& record) {
    const double ratio = record.calls_per_second / empty.calls_per_second;
    std::printf("%9d  %12.0f %9.0f %9.0f  %12.0f %9.0f %9.0f  %6.2f\n", in_flight,
                empty.calls_per_second, empty.p50_us, empty.p99_us, record.calls_per_second,
                record.p50_us, record.p99_us, ratio);
    std::fflush(stdout);
    const std::string name = absl::StrCat("unary_", in_flight);
    results_.Add(name + "_over_empty_handler", ratio, "ratio");
    results_.Add(name + "_calls", record.calls_per_second, "calls/s");
    results_.Add(name + "_p50", record.p50_us, "us");
    results_.Add(name + "_p99", record.p99_us, "us");
  }

  const DataSet& data_;
  const Sizes& sizes_;
  const WorkFolder& folder_;
  const std::vector<std::shared_ptr<grpc::Channel>> channels_;
  const std::vector<MakeCall> empty_calls_;
  const std::vector<MakeCall> record_calls_;
  Results& results_;
  uint64_t seed_ = 1;
  std::vector<double> sync_micros_;
};

}  // namespace

absl::Status RunUnary(const DataSet& data, const Sizes& sizes, Results& results) {
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  DAYBOOK_ASSIGN_OR_RETURN(const auto server, ServerUnderTest::Start(StoreIn(folder)));
  UnaryRun run(data, sizes, folder, server->address(), results);
  PrintUnaryHead(sizes.rounds);
  for (const int in_flight : kInFlight) DAYBOOK_RETURN_IF_ERROR(run.Measure(in_flight));
  run.ReportDisk();
  return absl::OkStatus();
}

}  // namespace daybook::bench
