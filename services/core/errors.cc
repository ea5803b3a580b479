#include "core/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "google/protobuf/message.h"

namespace daybook {
namespace {

constexpr char kDomain[] = "daybook";
constexpr char kKnownSize[] = "known_size";
constexpr char kNextSeq[] = "next_seq";
constexpr char kTypeUrlPrefix[] = "type.googleapis.com/";

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat(kTypeUrlPrefix, Detail::descriptor()->full_name());
}

template <typename Detail>
void Attach(const Detail& detail, absl::Status& status) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
std::optional<Detail> Find(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

// `status` with another message and all its payloads.
absl::Status WithMessage(const absl::Status& status, absl::string_view message) {
  absl::Status changed(status.code(), message);
  status.ForEachPayload([&changed](absl::string_view url, const absl::Cord& payload) {
    changed.SetPayload(url, payload);
  });
  return changed;
}

google::rpc::ErrorInfo InfoOf(Reason reason) {
  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  info.set_reason(std::string(ReasonName(reason)));
  return info;
}

// An error whose ErrorInfo also says that `key` is `number`.
absl::Status ErrorWithNumber(const absl::Status& error, Reason reason, absl::string_view key,
                             uint64_t number) {
  absl::Status status = error;
  google::rpc::ErrorInfo info = InfoOf(reason);
  (*info.mutable_metadata())[std::string(key)] = absl::StrCat(number);
  Attach(info, status);
  return status;
}

// The number behind `key` in an error of `reason`.
std::optional<uint64_t> NumberIn(const absl::Status& status, Reason reason, absl::string_view key) {
  const auto info = Find<google::rpc::ErrorInfo>(status);
  if (!info || info->reason() != ReasonName(reason)) return std::nullopt;
  const auto found = info->metadata().find(std::string(key));
  uint64_t number = 0;
  if (found == info->metadata().end() || !absl::SimpleAtoi(found->second, &number)) {
    return std::nullopt;
  }
  return number;
}

void AttachReason(Reason reason, absl::Status& status) { Attach(InfoOf(reason), status); }

absl::Status WithRetryDelay(absl::Status status, absl::Duration retry_delay) {
  google::rpc::RetryInfo retry;
  retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(retry_delay));
  retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(retry_delay - absl::Trunc(retry_delay, absl::Seconds(1)))));
  Attach(retry, status);
  return status;
}

std::string Summary(const google::rpc::BadRequest& request) {
  const auto& first = request.field_violations(0);
  std::string text = absl::StrCat(first.field(), ": ", first.description());
  if (const int more = request.field_violations_size() - 1; more > 0) {
    absl::StrAppend(&text, " (and ", more, " more)");
  }
  return text;
}

}  // namespace

// NOLINTNEXTLINE(readability-function-size): a table, a row a reason
absl::string_view ReasonName(Reason reason) {
  switch (reason) {
    case Reason::kActionRequired:
      return "ACTION_REQUIRED";
    case Reason::kActionReserved:
      return "ACTION_RESERVED";
    case Reason::kCancelled:
      return "CANCELLED";
    case Reason::kCheckpointConflict:
      return "CHECKPOINT_CONFLICT";
    case Reason::kCheckpointNotFound:
      return "CHECKPOINT_NOT_FOUND";
    case Reason::kCheckpointPending:
      return "CHECKPOINT_PENDING";
    case Reason::kEventNotFound:
      return "EVENT_NOT_FOUND";
    case Reason::kEventTimeOutOfRange:
      return "EVENT_TIME_OUT_OF_RANGE";
    case Reason::kEventTooLarge:
      return "EVENT_TOO_LARGE";
    case Reason::kFieldInvalid:
      return "FIELD_INVALID";
    case Reason::kFilterFieldUnknown:
      return "FILTER_FIELD_UNKNOWN";
    case Reason::kFilterSyntax:
      return "FILTER_SYNTAX";
    case Reason::kInternal:
      return "INTERNAL";
    case Reason::kLogForked:
      return "LOG_FORKED";
    case Reason::kLogUnknown:
      return "LOG_UNKNOWN";
    case Reason::kPageTokenInvalid:
      return "PAGE_TOKEN_INVALID";
    case Reason::kPageTokenMismatch:
      return "PAGE_TOKEN_MISMATCH";
    case Reason::kPermissionDenied:
      return "PERMISSION_DENIED";
    case Reason::kProducerReserved:
      return "PRODUCER_RESERVED";
    case Reason::kProofInvalid:
      return "PROOF_INVALID";
    case Reason::kPruned:
      return "PRUNED";
    case Reason::kQueueFull:
      return "QUEUE_FULL";
    case Reason::kRequestIdReused:
      return "REQUEST_ID_REUSED";
    case Reason::kRequestMalformed:
      return "REQUEST_MALFORMED";
    case Reason::kRetentionLocked:
      return "RETENTION_LOCKED";
    case Reason::kSchemaOutdated:
      return "SCHEMA_OUTDATED";
    case Reason::kShuttingDown:
      return "SHUTTING_DOWN";
    case Reason::kSignatureInvalid:
      return "SIGNATURE_INVALID";
    case Reason::kSigningRefused:
      return "SIGNING_REFUSED";
    case Reason::kStoreDamaged:
      return "STORE_DAMAGED";
    case Reason::kStoreFull:
      return "STORE_FULL";
    case Reason::kStoreReadOnly:
      return "STORE_READ_ONLY";
    case Reason::kStoreUnavailable:
      return "STORE_UNAVAILABLE";
    case Reason::kTailTooSlow:
      return "TAIL_TOO_SLOW";
    case Reason::kWitnessNotConfigured:
      return "WITNESS_NOT_CONFIGURED";
    case Reason::kWitnessUnknown:
      return "WITNESS_UNKNOWN";
  }
  return "";
}

absl::Status ErrorWithReason(absl::StatusCode code, Reason reason, absl::string_view message) {
  absl::Status status(code, message);
  AttachReason(reason, status);
  return status;
}

absl::Status InvalidFieldsError(std::span<const FieldViolation> violations) {
  google::rpc::BadRequest request;
  for (const FieldViolation& violation : violations) {
    auto* added = request.add_field_violations();
    added->set_field(violation.field);
    added->set_description(violation.description);
  }
  absl::Status status = ErrorWithReason(absl::StatusCode::kInvalidArgument,
                                        violations.front().reason, Summary(request));
  Attach(request, status);
  return status;
}

absl::Status InvalidFieldError(FieldViolation violation) {
  return InvalidFieldsError(std::span(&violation, 1));
}

absl::Status QueueFullError(absl::string_view message, absl::Duration retry_delay) {
  return WithRetryDelay(
      ErrorWithReason(absl::StatusCode::kResourceExhausted, Reason::kQueueFull, message),
      retry_delay);
}

absl::Status CheckpointPendingError(absl::string_view message, absl::Duration retry_delay) {
  return WithRetryDelay(
      ErrorWithReason(absl::StatusCode::kUnavailable, Reason::kCheckpointPending, message),
      retry_delay);
}

absl::Status CheckpointConflictError(absl::string_view message, uint64_t known_size) {
  return ErrorWithNumber(absl::AbortedError(message), Reason::kCheckpointConflict, kKnownSize,
                         known_size);
}

absl::Status TailTooSlowError(absl::string_view message, uint64_t next_seq) {
  return ErrorWithNumber(absl::ResourceExhaustedError(message), Reason::kTailTooSlow, kNextSeq,
                         next_seq);
}

absl::Status WithAnyReason(absl::Status status) {
  if (!ReasonIn(status).empty()) return status;
  const bool is_cancelled = absl::IsCancelled(status) || absl::IsDeadlineExceeded(status);
  AttachReason(is_cancelled ? Reason::kCancelled : Reason::kInternal, status);
  return status;
}

absl::Status WithFieldPrefix(const absl::Status& status, absl::string_view prefix) {
  auto request = Find<google::rpc::BadRequest>(status);
  if (!request || request->field_violations().empty()) {
    return WithMessage(status, absl::StrCat(prefix, ": ", status.message()));
  }
  for (auto& violation : *request->mutable_field_violations()) {
    violation.set_field(absl::StrCat(prefix, ".", violation.field()));
  }
  absl::Status prefixed = WithMessage(status, Summary(*request));
  Attach(*request, prefixed);
  return prefixed;
}

absl::Status WithRequestInfo(absl::Status status, absl::string_view request_id) {
  google::rpc::RequestInfo info;
  info.set_request_id(std::string(request_id));
  Attach(info, status);
  return status;
}

std::string ReasonIn(const absl::Status& status) {
  const auto info = Find<google::rpc::ErrorInfo>(status);
  return info ? info->reason() : "";
}

std::optional<uint64_t> KnownSizeIn(const absl::Status& status) {
  return NumberIn(status, Reason::kCheckpointConflict, kKnownSize);
}

std::optional<uint64_t> NextSeqIn(const absl::Status& status) {
  return NumberIn(status, Reason::kTailTooSlow, kNextSeq);
}

std::optional<absl::Duration> RetryDelayIn(const absl::Status& status) {
  const auto info = Find<google::rpc::RetryInfo>(status);
  if (!info) return std::nullopt;
  return absl::Seconds(info->retry_delay().seconds()) +
         absl::Nanoseconds(info->retry_delay().nanos());
}

google::rpc::BadRequest BadRequestIn(const absl::Status& status) {
  return Find<google::rpc::BadRequest>(status).value_or(google::rpc::BadRequest());
}

}  // namespace daybook
