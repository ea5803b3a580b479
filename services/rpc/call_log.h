#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"

#include "core/mutex.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::rpc {

// Counts and times the calls of one method, by code, and writes a log line for
// each that fails; or likewise the events within the calls of a stream.
//
// Thread-safe.
class CallLog {
 public:
  enum class Unit { kCall, kStreamedEvent };

  // `method` is as in "AuditService/RecordEvent". The others must outlive it.
  CallLog(std::string method, telemetry::Metrics& metrics, telemetry::Log& log,
          Unit unit = Unit::kCall);

  const std::string& method() const { return method_; }

  // Counts what took so long and ended with `code`.
  void Count(absl::StatusCode code, std::chrono::steady_clock::duration took);

  // Counts a failure and writes it down. Returns what to send: the error with a
  // reason and the id of the call.
  absl::Status CloseFailed(absl::Status error, const std::string& call_id,
                           std::chrono::steady_clock::duration took);

  // Counts a call that took so long and ended so; writes it down where it
  // failed. Returns what to send, as CloseFailed does.
  grpc::Status Close(absl::Status outcome, const grpc::CallbackServerContext& context,
                     std::chrono::steady_clock::duration took);

 private:
  struct Series {
    telemetry::Counter requests;
    telemetry::Histogram seconds;
  };
  static constexpr size_t kCodes = 17;

  void WriteFailure(const absl::Status& outcome, const std::string& call_id,
                    std::chrono::steady_clock::duration took);
  Series& SeriesOf(absl::StatusCode code);

  const std::string method_;
  const Unit unit_;
  telemetry::Metrics& metrics_;
  telemetry::Log& log_;
  // Made when a code is first met; read without the lock.
  std::array<std::atomic<Series*>, kCodes> series_{};
  Mutex mutex_;
  std::array<std::unique_ptr<Series>, kCodes> owned_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook::rpc
