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

// How that which is counted is called in the metrics and in the log.
struct UnitNames {
  const char* total;
  const char* total_help;
  const char* seconds;
  const char* seconds_help;
  const char* failed;
};

constexpr UnitNames kCallNames = {.total = "daybook_rpc_requests_total",
                                  .total_help = "Calls answered.",
                                  .seconds = "daybook_rpc_seconds",
                                  .seconds_help = "Time from a call's arrival to its answer.",
                                  .failed = "call_failed"};
constexpr UnitNames kStreamedEventNames = {
    .total = "daybook_rpc_stream_events_total",
    .total_help = "Events of streams answered.",
    .seconds = "daybook_rpc_stream_event_seconds",
    .seconds_help = "Time from an event's arrival in a stream to its answer.",
    .failed = "event_failed"};

const UnitNames& NamesOf(CallLog::Unit unit) {
  return unit == CallLog::Unit::kCall ? kCallNames : kStreamedEventNames;
}

}  // namespace

CallLog::CallLog(std::string method, telemetry::Metrics& metrics, telemetry::Log& log, Unit unit)
    : method_(std::move(method)), unit_(unit), metrics_(metrics), log_(log) {}

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
    const UnitNames& names = NamesOf(unit_);
    owned_[index] = std::make_unique<Series>(
        Series{.requests = metrics_.AddCounter(names.total, names.total_help, labels),
               .seconds = metrics_.AddHistogram(names.seconds, names.seconds_help,
                                                telemetry::SecondsBounds(), labels)});
    series_[index].store(owned_[index].get(), std::memory_order_release);
  }
  return *owned_[index];
}

void CallLog::Count(absl::StatusCode code, std::chrono::steady_clock::duration took) {
  Series& series = SeriesOf(code);
  series.requests.Add();
  series.seconds.Observe(Seconds(took));
}

absl::Status CallLog::CloseFailed(absl::Status error, const std::string& call_id,
                                  std::chrono::steady_clock::duration took) {
  Count(error.code(), took);
  error = WithAnyReason(std::move(error));
  WriteFailure(error, call_id, took);
  return WithRequestInfo(std::move(error), call_id);
}

grpc::Status CallLog::Close(absl::Status outcome, const grpc::CallbackServerContext& context,
                            std::chrono::steady_clock::duration took) {
  if (!outcome.ok()) return ToGrpc(CloseFailed(std::move(outcome), CallIdOf(context), took));
  Count(absl::StatusCode::kOk, took);
  return grpc::Status::OK;
}

void CallLog::WriteFailure(const absl::Status& outcome, const std::string& call_id,
                           std::chrono::steady_clock::duration took) {
  log_.Write(SeverityOf(outcome.code()), NamesOf(unit_).failed,
             {{"request_id", call_id},
              {"method", method_},
              {"code", absl::StatusCodeToString(outcome.code())},
              {"reason", ReasonIn(outcome)},
              {"message", std::string(outcome.message())},
              {"seconds", Seconds(took)}});
}

}  // namespace daybook::rpc
