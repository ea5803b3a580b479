#include "rpc/call_log.h"

#include <utility>

#include "core/errors.h"
#include "rpc/caller.h"
#include "rpc/status.h"

namespace daybook::rpc {
namespace {

double Seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

// A client's mistake is not the operator's trouble.
telemetry::Severity SeverityOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kDataLoss:
      return telemetry::Severity::kError;
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kDeadlineExceeded:
      return telemetry::Severity::kWarning;
    default:
      return telemetry::Severity::kInfo;
  }
}

}  // namespace

CallLog::CallLog(std::string method, telemetry::Metrics& metrics, telemetry::Log& log)
    : method_(std::move(method)), metrics_(metrics), log_(log) {}

CallLog::Series& CallLog::SeriesOf(absl::StatusCode code) {
  const auto index = static_cast<size_t>(code) < kCodes
                         ? static_cast<size_t>(code)
                         : static_cast<size_t>(absl::StatusCode::kUnknown);
  if (Series* known = series_[index].load(std::memory_order_acquire)) return *known;
  const MutexLock lock(mutex_);
  if (owned_[index] == nullptr) {
    const telemetry::Labels labels = {
        {"method", method_},
        {"code", absl::StatusCodeToString(static_cast<absl::StatusCode>(index))}};
    owned_[index] = std::make_unique<Series>(Series{
        .requests = metrics_.AddCounter("daybook_rpc_requests_total", "Calls answered.", labels),
        .seconds = metrics_.AddHistogram("daybook_rpc_seconds",
                                         "Time from a call's arrival to its answer.",
                                         telemetry::SecondsBounds(), labels)});
    series_[index].store(owned_[index].get(), std::memory_order_release);
  }
  return *owned_[index];
}

grpc::Status CallLog::Close(absl::Status outcome, const grpc::CallbackServerContext& context,
                            std::chrono::steady_clock::duration took) {
  Series& series = SeriesOf(outcome.code());
  series.requests.Add();
  series.seconds.Observe(Seconds(took));
  if (outcome.ok()) return grpc::Status::OK;
  outcome = WithAnyReason(std::move(outcome));
  const std::string call_id = CallIdOf(context);
  WriteFailure(outcome, call_id, took);
  return ToGrpc(WithRequestInfo(std::move(outcome), call_id));
}

void CallLog::WriteFailure(const absl::Status& outcome, const std::string& call_id,
                           std::chrono::steady_clock::duration took) {
  log_.Write(SeverityOf(outcome.code()), "call_failed",
             {{"request_id", call_id},
              {"method", method_},
              {"code", absl::StatusCodeToString(outcome.code())},
              {"reason", ReasonIn(outcome)},
              {"message", std::string(outcome.message())},
              {"seconds", Seconds(took)}});
}

}  // namespace daybook::rpc
