#include "journal/cosignatures.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/checkpoint.h"

namespace daybook::journal {
namespace {

using ::daybook::ledger::Note;
using ::daybook::ledger::NoteSignature;
using ::daybook::ledger::VerifierKey;
using ::daybook::ledger::v1::AddCosignaturesRequest;
using ::daybook::ledger::v1::AddCosignaturesResponse;
using ::daybook::storage::StoredCheckpoint;
using ::daybook::storage::StoredCosignature;

absl::Status WrongCheckpointError(const absl::Status& why) {
  return InvalidFieldError({.reason = Reason::kFieldInvalid,
                            .field = "checkpoint",
                            .description = std::string(why.message())});
}

absl::Status NotKeptError(LogSize size) {
  return ErrorWithReason(absl::StatusCode::kNotFound, Reason::kCheckpointNotFound,
                         absl::StrCat("this log keeps no such checkpoint of ", size.value(),
                                      " events: it is another log's, or was dropped"));
}

// The text of a note that is kept.
absl::string_view TextOf(absl::string_view note) { return note.substr(0, note.rfind("\n\n") + 1); }

}  // namespace

Cosignatures::Cosignatures(std::span<const VerifierKey> witnesses,
                           storage::CheckpointStore& checkpoints, Checkpointer& checkpointer,
                           WorkPool& pool, telemetry::Metrics& metrics)
    : witnesses_(witnesses),
      checkpoints_(checkpoints),
      checkpointer_(checkpointer),
      pool_(pool),
      witnessed_size_(metrics.AddGauge("daybook_ledger_witnessed_size",
                                       "Events that the newest cosigned checkpoint covers.")),
      witnessed_at_(metrics.AddGauge("daybook_ledger_witnessed_timestamp_seconds",
                                     "When a witness cosigned that checkpoint last.")) {}

absl::Status Cosignatures::ComeUpToDate() {
  const MutexLock lock(mutex_);
  std::optional<LogSize> newest;
  for (const VerifierKey& witness : witnesses_) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<LogSize> size,
                             checkpoints_.NewestCosignedBy(witness.NameAndId()));
    if (size && (!newest || *newest < *size)) newest = size;
  }
  return newest ? Show(*newest) : absl::OkStatus();
}

void Cosignatures::Add(const AddCosignaturesRequest& request,
                       Answer<AddCosignaturesResponse> answer) {
  RunOn<AddCosignaturesResponse>(
      pool_, [this, cosigned = request.checkpoint()] { return Keep(cosigned); }, std::move(answer));
}

bool Cosignatures::IsTrusted(const StoredCosignature& cosignature) const {
  return std::any_of(witnesses_.begin(), witnesses_.end(), [&](const VerifierKey& witness) {
    return witness.NameAndId() == cosignature.witness;
  });
}

absl::StatusOr<std::vector<StoredCosignature>> Cosignatures::TrustedIn(const Note& note) const {
  std::vector<StoredCosignature> trusted;
  for (const NoteSignature& signature : note.signatures) {
    const auto witness =
        std::find_if(witnesses_.begin(), witnesses_.end(),
                     [&](const VerifierKey& key) { return key.IsNamedBy(signature); });
    if (witness == witnesses_.end()) continue;
    if (!witness->Verifies(note.text, signature.bytes)) {
      return ErrorWithReason(
          absl::StatusCode::kPermissionDenied, Reason::kSignatureInvalid,
          absl::StrCat("the signature of ", witness->name(), " is not over this checkpoint"));
    }
    trusted.push_back({.witness = witness->NameAndId(),
                       .cosigned_at = ledger::CosignedAt(signature).value_or(0),
                       .line = ledger::FormatSignature(signature)});
  }
  if (!trusted.empty()) return trusted;
  return ErrorWithReason(absl::StatusCode::kPermissionDenied, Reason::kWitnessUnknown,
                         "no witness that this log trusts has signed it");
}

absl::StatusOr<AddCosignaturesResponse> Cosignatures::Keep(const std::string& cosigned) {
  if (witnesses_.empty()) {
    return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kWitnessNotConfigured,
                           "this log trusts no witness; daybookd --trusted-witness names one");
  }
  const absl::StatusOr<Note> note = ledger::ParseNote(cosigned);
  if (!note.ok()) return WrongCheckpointError(note.status());
  const absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::ParseCheckpoint(note->text);
  if (!checkpoint.ok()) return WrongCheckpointError(checkpoint.status());
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<StoredCosignature> trusted, TrustedIn(*note));

  const LogSize size = checkpoint->head.size;
  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoredCheckpoint> kept, checkpoints_.OfSize(size));
  if (!kept || TextOf(kept->note) != note->text) return NotKeptError(size);
  const absl::Status added = checkpoints_.AddCosignatures(size, trusted);
  if (absl::IsNotFound(added)) return NotKeptError(size);
  DAYBOOK_RETURN_IF_ERROR(added);
  const Published shown = checkpointer_.newest_witnessed();
  if (shown == nullptr || shown->head.size <= size) DAYBOOK_RETURN_IF_ERROR(Show(size));

  AddCosignaturesResponse response;
  response.set_tree_size(size.value());
  for (const VerifierKey& witness : witnesses_) {
    const bool has_said = std::any_of(
        trusted.begin(), trusted.end(),
        [&](const StoredCosignature& each) { return each.witness == witness.NameAndId(); });
    if (has_said) response.add_witnesses(witness.name());
  }
  return response;
}

absl::Status Cosignatures::Show(LogSize size) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<StoredCheckpoint> kept, checkpoints_.OfSize(size));
  if (!kept) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<StoredCosignature> cosignatures,
                           checkpoints_.CosignaturesOf(size));
  DAYBOOK_ASSIGN_OR_RETURN(const ledger::Checkpoint checkpoint,
                           ledger::OpenCheckpoint(kept->note, {}));
  std::string note = kept->note;
  uint64_t cosigned_at = 0;
  for (const StoredCosignature& each : cosignatures) {
    if (!IsTrusted(each)) continue;
    absl::StrAppend(&note, each.line);
    cosigned_at = std::max(cosigned_at, each.cosigned_at);
  }
  witnessed_size_.Set(static_cast<double>(size.value()));
  witnessed_at_.Set(static_cast<double>(cosigned_at));
  checkpointer_.PublishWitnessed(std::make_shared<const PublishedCheckpoint>(
      PublishedCheckpoint{.head = checkpoint.head, .note = std::move(note)}));
  return absl::OkStatus();
}

}  // namespace daybook::journal
