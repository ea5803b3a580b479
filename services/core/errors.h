#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "google/rpc/error_details.pb.h"

namespace daybook {

// Why a call failed, for programs: the `reason` of google.rpc.ErrorInfo.
// Stable; docs/api.md lists them.
enum class Reason {
  kActionRequired,
  kActionReserved,
  kCancelled,
  kCheckpointConflict,
  kCheckpointNotFound,
  kCheckpointPending,
  kEventNotFound,
  kEventTimeOutOfRange,
  kEventTooLarge,
  kFieldInvalid,
  kFilterFieldUnknown,
  kFilterSyntax,
  kInternal,
  kLogForked,
  kLogUnknown,
  kPageTokenInvalid,
  kPageTokenMismatch,
  kPermissionDenied,
  kProducerReserved,
  kProofInvalid,
  kPruned,
  kQueueFull,
  kRequestIdReused,
  kRequestMalformed,
  kRetentionLocked,
  kSchemaOutdated,
  kShuttingDown,
  kSignatureInvalid,
  kSigningRefused,
  kStoreDamaged,
  kStoreFull,
  kStoreReadOnly,
  kStoreUnavailable,
  kTailTooSlow,
  kWitnessNotConfigured,
  kWitnessUnknown,
};

absl::string_view ReasonName(Reason reason);

// A rule that a field of the request breaks. `field` is its path in the
// request: `event.action`. The description says what would be right and never
// repeats the value.
struct FieldViolation {
  Reason reason;
  std::string field;
  std::string description;
};

// Errors carry their google.rpc details as payloads under the details' type
// URLs, so that a front only has to copy them.

// An error with a google.rpc.ErrorInfo.
absl::Status ErrorWithReason(absl::StatusCode code, Reason reason, absl::string_view message);

// INVALID_ARGUMENT with a google.rpc.BadRequest. The reason is that of the
// first violation; there must be one.
absl::Status InvalidFieldsError(std::span<const FieldViolation> violations);
absl::Status InvalidFieldError(FieldViolation violation);

// RESOURCE_EXHAUSTED / QUEUE_FULL with a google.rpc.RetryInfo.
absl::Status QueueFullError(absl::string_view message, absl::Duration retry_delay);

// UNAVAILABLE / CHECKPOINT_PENDING with a google.rpc.RetryInfo.
absl::Status CheckpointPendingError(absl::string_view message, absl::Duration retry_delay);

// ABORTED / CHECKPOINT_CONFLICT, with `known_size` in the metadata of its ErrorInfo.
absl::Status CheckpointConflictError(absl::string_view message, uint64_t known_size);

// RESOURCE_EXHAUSTED / TAIL_TOO_SLOW, with `next_seq` in the metadata of its ErrorInfo.
absl::Status TailTooSlowError(absl::string_view message, uint64_t next_seq);

// `status`, which is an error, with a reason, also where whoever made it gave it
// none: what is not ours to explain is INTERNAL, or CANCELLED.
absl::Status WithAnyReason(absl::Status status);

// `status` with `prefix` before the field paths of its BadRequest.
absl::Status WithFieldPrefix(const absl::Status& status, absl::string_view prefix);

// `status`, which is an error, with a google.rpc.RequestInfo.
absl::Status WithRequestInfo(absl::Status status, absl::string_view request_id);

// The reason in `status`, or "" where it carries none.
std::string ReasonIn(const absl::Status& status);

// The `known_size` that a CHECKPOINT_CONFLICT names; nothing where `status` is none.
std::optional<uint64_t> KnownSizeIn(const absl::Status& status);

// The `next_seq` that a TAIL_TOO_SLOW names; nothing where `status` is none.
std::optional<uint64_t> NextSeqIn(const absl::Status& status);

// How long `status` asks to wait before a retry; nothing where it does not.
std::optional<absl::Duration> RetryDelayIn(const absl::Status& status);

// The fields that `status` finds fault with; empty where it is about none.
google::rpc::BadRequest BadRequestIn(const absl::Status& status);

}  // namespace daybook
