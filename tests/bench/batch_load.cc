#include "bench/batch_load.h"

#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <utility>

#include <grpcpp/alarm.h>
#include <grpcpp/client_context.h>

#include "absl/time/clock.h"

#include "bench/event_generator.h"
#include "core/errors.h"
#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "rpc/status.h"

namespace daybook::bench {
namespace {

using audit::v1::AuditService;
using audit::v1::BatchRecordEventsRequest;
using audit::v1::BatchRecordEventsResponse;

// What the calls in flight share.
class BatchRun {
 public:
  BatchRun(const DataSet& data, const BatchPlan& plan)
      : data_(data),
        batch_size_(plan.batch_size),
        next_(plan.first_batch),
        end_(plan.first_batch + plan.batches),
        running_(plan.in_flight) {}

  // Fills in the next batch; false where there is none left.
  bool Next(BatchRecordEventsRequest& request) {
    const uint64_t batch = next_.fetch_add(1);
    if (batch >= end_) return false;
    EventGenerator generator(data_, batch);
    while (request.requests_size() < batch_size_) request.add_requests();
    for (auto& member : *request.mutable_requests()) generator.Next(member);
    return true;
  }

  void Fail(absl::Status error) {
    next_ = end_;
    const MutexLock lock(mutex_);
    error_.Update(std::move(error));
  }

  void CountQueueFull() { ++queue_full_; }
  void Leave() { running_.count_down(); }
  void AwaitEnd() { running_.wait(); }

  uint64_t queue_full() const { return queue_full_; }
  absl::Status error() const {
    const MutexLock lock(mutex_);
    return error_;
  }

 private:
  const DataSet& data_;
  const int batch_size_;
  std::atomic<uint64_t> next_;
  const uint64_t end_;
  std::latch running_;
  std::atomic<uint64_t> queue_full_ = 0;
  mutable Mutex mutex_;
  absl::Status error_ ABSL_GUARDED_BY(mutex_);
};

// One of the calls in flight. It reuses its messages.
class BatchSlot {
 public:
  BatchSlot(const std::shared_ptr<grpc::Channel>& channel, BatchRun& run)
      : stub_(AuditService::NewStub(channel)), run_(run) {}

  void Begin() { run_.Next(request_) ? Send() : run_.Leave(); }

 private:
  void Send() {
    context_.emplace();
    stub_->async()->BatchRecordEvents(&*context_, &request_, &response_,
                                      [this](const grpc::Status& status) { End(status); });
  }

  void End(const grpc::Status& status) {
    if (status.ok() && IsComplete()) return Begin();
    const absl::Status error =
        status.ok() ? absl::InternalError("not one receipt an event") : rpc::FromGrpc(status);
    const std::optional<absl::Duration> delay = RetryDelayIn(error);
    if (!delay) {
      run_.Fail(error);
      return run_.Leave();
    }
    run_.CountQueueFull();
    alarm_.Set(absl::ToChronoTime(absl::Now() + *delay), [this](bool /*fired*/) { Send(); });
  }

  // One receipt an event, all new, one place after the other.
  bool IsComplete() const {
    if (response_.receipts_size() != request_.requests_size()) return false;
    uint64_t seq = response_.receipts(0).seq();
    for (const auto& receipt : response_.receipts()) {
      if (receipt.seq() != seq++ || receipt.duplicate()) return false;
    }
    return true;
  }

  const std::unique_ptr<AuditService::Stub> stub_;
  BatchRun& run_;
  BatchRecordEventsRequest request_;
  BatchRecordEventsResponse response_;
  std::optional<grpc::ClientContext> context_;
  grpc::Alarm alarm_;
};

}  // namespace

absl::StatusOr<IngestResult> SendBatches(
    const std::vector<std::shared_ptr<grpc::Channel>>& channels, const DataSet& data,
    const BatchPlan& plan) {
  BatchRun run(data, plan);
  std::vector<std::unique_ptr<BatchSlot>> slots;
  slots.reserve(static_cast<size_t>(plan.in_flight));
  for (int i = 0; i < plan.in_flight; ++i) {
    slots.push_back(
        std::make_unique<BatchSlot>(channels[static_cast<size_t>(i) % channels.size()], run));
  }
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& slot : slots) slot->Begin();
  run.AwaitEnd();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  if (const absl::Status error = run.error(); !error.ok()) return error;
  return IngestResult{.events = plan.batches * static_cast<uint64_t>(plan.batch_size),
                      .seconds = seconds.count(),
                      .queue_full = run.queue_full()};
}

}  // namespace daybook::bench
