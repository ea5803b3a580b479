#include "bench/etcd_bench.h"

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"

#include "bench/child_process.h"
#include "bench/daybookd_process.h"
#include "bench/event_generator.h"
#include "bench/free_port.h"
#include "bench/programs.h"
#include "bench/unary_load.h"
#include "bench/work_folder.h"
#include "core/status_macros.h"
#include "etcd_kv.grpc.pb.h"
#include "rpc/status.h"

namespace daybook::bench {
namespace {

constexpr std::array<int, 4> kPutsInFlight = {1, 16, 64, 256};
constexpr int kEtcdChannels = 4;
constexpr std::chrono::seconds kElectionPatience(30);

class PutCall final : public RepeatedCall {
 public:
  explicit PutCall(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(etcdserverpb::KV::NewStub(channel)) {}

  void Fill(EventGenerator& generator) override {
    generator.Next(event_);
    request_.set_key(event_.request_id());
    event_.event().SerializeToString(request_.mutable_value());
  }

  void Start(grpc::ClientContext& context, std::function<void(grpc::Status)> done) override {
    stub_->async()->Put(&context, &request_, &response_, std::move(done));
  }

 private:
  const std::unique_ptr<etcdserverpb::KV::Stub> stub_;
  audit::v1::RecordEventRequest event_;
  etcdserverpb::PutRequest request_;
  etcdserverpb::PutResponse response_;
};

absl::StatusOr<ChildProcess> StartEtcd(const std::string& program, const WorkFolder& folder,
                                       const std::string& address) {
  const std::string clients = absl::StrCat("http://", address);
  const std::string peers = absl::StrCat("http://127.0.0.1:", FreePort());
  return ChildProcess::Start(
      {program, "--name", "bench", "--data-dir", folder.File("etcd"), "--log-level", "error",
       "--listen-client-urls", clients, "--advertise-client-urls", clients, "--listen-peer-urls",
       peers, "--initial-advertise-peer-urls", peers, "--initial-cluster",
       absl::StrCat("bench=", peers), "--quota-backend-bytes", "8589934592"},
      folder.File("etcd.log"));
}

// The first put waits for the connection, and etcd lets it wait for the election.
absl::Status AwaitFirstPut(const std::shared_ptr<grpc::Channel>& channel) {
  const auto deadline = std::chrono::system_clock::now() + kElectionPatience;
  etcdserverpb::PutRequest request;
  etcdserverpb::PutResponse response;
  request.set_key("first");
  grpc::ClientContext context;
  context.set_wait_for_ready(true);
  context.set_deadline(deadline);
  return rpc::FromGrpc(etcdserverpb::KV::NewStub(channel)->Put(&context, request, &response));
}

absl::Status MeasurePuts(const DataSet& data, const Sizes& sizes,
                         const std::vector<MakeCall>& calls, Results& results) {
  std::printf("\netcd: puts into one member, the value a serialised event\n");
  std::printf("in flight        puts/s    p50 us    p99 us\n");
  uint64_t seed = 1'000'000;
  for (const int in_flight : kPutsInFlight) {
    std::vector<LoadResult> rounds;
    const auto turn = absl::ToChronoMilliseconds(sizes.turn);
    for (int round = 0; round < sizes.rounds; ++round) {
      rounds.push_back(RunLoad(data, calls, in_flight, turn, seed++));
      if (rounds.back().failures > 0) return absl::InternalError("puts failed");
    }
    const LoadResult median = MedianOf(rounds);
    std::printf("%9d  %12.0f %9.0f %9.0f\n", in_flight, median.calls_per_second, median.p50_us,
                median.p99_us);
    std::fflush(stdout);
    results.Add(absl::StrCat("etcd_put_", in_flight), median.calls_per_second, "calls/s");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status RunEtcd(const DataSet& data, const Sizes& sizes, Results& results) {
  const std::optional<std::string> program = FindProgram("etcd");
  if (!program) {
    std::printf("\n*** SKIPPED: etcd is not installed (package etcd-server)\n");
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const WorkFolder folder, WorkFolder::Make());
  const std::string address = absl::StrCat("127.0.0.1:", FreePort());
  DAYBOOK_ASSIGN_OR_RETURN(ChildProcess etcd, StartEtcd(*program, folder, address));
  const auto channels = OpenChannels(address, kEtcdChannels);
  DAYBOOK_RETURN_IF_ERROR(AwaitFirstPut(channels.front()));
  std::vector<MakeCall> calls;
  calls.reserve(channels.size());
  for (const auto& channel : channels) {
    calls.emplace_back([channel] { return std::make_unique<PutCall>(channel); });
  }
  DAYBOOK_RETURN_IF_ERROR(MeasurePuts(data, sizes, calls, results));
  etcd.Stop(SIGTERM).IgnoreError();  // it ends by the signal
  return absl::OkStatus();
}

}  // namespace daybook::bench
