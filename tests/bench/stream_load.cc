#include "bench/stream_load.h"

#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <utility>

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include "bench/event_generator.h"
#include "core/mutex.h"
#include "daybook/audit/v1/audit_service.grpc.pb.h"
#include "rpc/status.h"

namespace daybook::bench {
namespace {

using audit::v1::AuditService;
using audit::v1::StreamRecordEventsRequest;
using audit::v1::StreamRecordEventsResponse;

constexpr uint64_t kMostUnanswered = 4'000;

// What the streams share: the batches that are still to be sent.
class StreamPlan {
 public:
  explicit StreamPlan(const BatchPlan& plan)
      : next_(plan.first_batch),
        end_(plan.first_batch + plan.batches),
        batch_size_(plan.batch_size),
        running_(plan.in_flight) {}

  std::optional<uint64_t> NextBatch() {
    const uint64_t batch = next_.fetch_add(1);
    return batch < end_ ? std::optional(batch) : std::nullopt;
  }
  int batch_size() const { return batch_size_; }
  void Leave() { running_.count_down(); }
  void AwaitEnd() { running_.wait(); }

 private:
  std::atomic<uint64_t> next_;
  const uint64_t end_;
  const int batch_size_;
  std::latch running_;
};

// One stream. Writes follow each other until too many are unanswered; an answer
// lets them go on.
class EventStream final
    : public grpc::ClientBidiReactor<StreamRecordEventsRequest, StreamRecordEventsResponse> {
 public:
  EventStream(const std::shared_ptr<grpc::Channel>& channel, const DataSet& data, StreamPlan& plan)
      : stub_(AuditService::NewStub(channel)), data_(data), plan_(plan) {}

  void Begin() {
    stub_->async()->StreamRecordEvents(&context_, this);
    StartRead(&response_);
    GoOnWriting();
    StartCall();
  }

  // After the end: how it went.
  const absl::Status& outcome() const { return outcome_; }

 private:
  void OnWriteDone(bool ok) override {
    if (ok && MayWrite()) GoOnWriting();
  }

  void OnReadDone(bool ok) override {
    if (!ok) return;
    if (!response_.has_receipt() || response_.receipt().duplicate()) {
      wrong_ = absl::InternalError(response_.ShortDebugString());
      return context_.TryCancel();
    }
    if (CountAnswer()) GoOnWriting();
    StartRead(&response_);
  }

  void OnDone(const grpc::Status& status) override {
    outcome_ = wrong_.ok() ? rpc::FromGrpc(status) : wrong_;
    if (outcome_.ok() && answered_ != written_) {
      outcome_ = absl::InternalError("events were not answered");
    }
    plan_.Leave();
  }

  void GoOnWriting() {
    if (!FillRequest()) return StartWritesDone();
    grpc::WriteOptions options;
    if (MayBuffer()) options.set_buffer_hint();
    StartWrite(&request_, options);
  }

  // False where all is sent.
  bool FillRequest() {
    if (left_in_batch_ == 0) {
      const std::optional<uint64_t> batch = plan_.NextBatch();
      if (!batch) return false;
      generator_.emplace(data_, *batch);
      left_in_batch_ = plan_.batch_size();
    }
    --left_in_batch_;
    generator_->Next(*request_.mutable_request());
    return true;
  }

  // The last write before a pause must leave the buffer.
  bool MayBuffer() {
    const MutexLock lock(mutex_);
    return ++written_ - answered_ < kMostUnanswered;
  }

  bool MayWrite() {
    const MutexLock lock(mutex_);
    paused_ = written_ - answered_ >= kMostUnanswered;
    return !paused_;
  }

  // True where writing pauses and this answer lets it go on.
  bool CountAnswer() {
    const MutexLock lock(mutex_);
    ++answered_;
    const bool goes_on = paused_ && written_ - answered_ <= kMostUnanswered / 2;
    if (goes_on) paused_ = false;
    return goes_on;
  }

  const std::unique_ptr<AuditService::Stub> stub_;
  const DataSet& data_;
  StreamPlan& plan_;
  grpc::ClientContext context_;
  std::optional<EventGenerator> generator_;
  int left_in_batch_ = 0;
  StreamRecordEventsRequest request_;
  StreamRecordEventsResponse response_;
  absl::Status wrong_;
  absl::Status outcome_;
  Mutex mutex_;
  uint64_t written_ = 0;   // guarded while the stream runs
  uint64_t answered_ = 0;  // likewise
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

absl::StatusOr<IngestResult> SendStreams(
    const std::vector<std::shared_ptr<grpc::Channel>>& channels, const DataSet& data,
    const BatchPlan& plan) {
  StreamPlan shared(plan);
  std::vector<std::unique_ptr<EventStream>> streams;
  streams.reserve(static_cast<size_t>(plan.in_flight));
  for (int i = 0; i < plan.in_flight; ++i) {
    streams.push_back(std::make_unique<EventStream>(
        channels[static_cast<size_t>(i) % channels.size()], data, shared));
  }
  const auto begin = std::chrono::steady_clock::now();
  for (const auto& stream : streams) stream->Begin();
  shared.AwaitEnd();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  for (const auto& stream : streams) {
    if (!stream->outcome().ok()) return stream->outcome();
  }
  return IngestResult{.events = plan.batches * static_cast<uint64_t>(plan.batch_size),
                      .seconds = seconds.count()};
}

}  // namespace daybook::bench
