#include "witness/witness.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "ledger/salt.h"
#include "ledger/tree.h"

namespace daybook::witness {
namespace {

using ::daybook::ledger::Hash;
using ::daybook::ledger::Note;
using ::daybook::ledger::NoteSignature;
using ::daybook::ledger::SigningKey;
using ::daybook::ledger::TreeHead;
using ::daybook::ledger::VerifierKey;
using ::daybook::telemetry::Severity;

constexpr size_t kMaxCheckpointBytes = 65'536;
// More than the way between any two trees has.
constexpr int kMaxProofHashes = 128;

absl::Status NotConfiguredError(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kWitnessNotConfigured, why);
}

absl::Status WrongFieldError(absl::string_view field, absl::string_view description,
                             Reason reason = Reason::kFieldInvalid) {
  return InvalidFieldError(
      {.reason = reason, .field = std::string(field), .description = std::string(description)});
}

absl::StatusOr<SigningKey> MakeKey(const WitnessFolder& folder, const std::string& name) {
  if (folder.HasGivenKey()) {
    return NotConfiguredError(absl::StrCat("there is no witness key at ", folder.KeyFile()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const bool has_cosigned, folder.HasCosigned());
  if (has_cosigned) {
    return NotConfiguredError(
        absl::StrCat("this witness cosigned before, and its key is gone: put ", folder.KeyFile(),
                     " back from where it is kept"));
  }
  const std::string key_name =
      name.empty() ? absl::StrCat("witness.", ledger::FreshOrigin()) : name;
  if (!ledger::IsKeyName(key_name)) {
    return NotConfiguredError("a witness's name has neither spaces nor '+'; --witness-name");
  }
  SigningKey key(key_name, ledger::KeyType::kWitness, ledger::DrawSalt());
  DAYBOOK_RETURN_IF_ERROR(folder.WriteKey(key));
  return key;
}

absl::Status CheckKey(const VerifierKey& key, const WitnessFolder& folder,
                      const std::string& name) {
  if (key.type() != ledger::KeyType::kWitness) {
    return NotConfiguredError(
        absl::StrCat(folder.KeyFile(), ": this is a log's key, and not a witness's"));
  }
  if (name.empty() || key.name() == name) return absl::OkStatus();
  return NotConfiguredError(absl::StrCat(folder.KeyFile(), ": this is the key of ", key.name(),
                                         ", and --witness-name says ", name));
}

absl::StatusOr<std::vector<Hash>> ProofIn(const v1::AddCheckpointRequest& request) {
  if (request.proof_size() > kMaxProofHashes) {
    return WrongFieldError("proof", "has more hashes than any proof");
  }
  std::vector<Hash> proof(static_cast<size_t>(request.proof_size()));
  for (int i = 0; i < request.proof_size(); ++i) {
    const std::string& bytes = request.proof(i);
    Hash& hash = proof[static_cast<size_t>(i)];
    if (bytes.size() != hash.size()) {
      return WrongFieldError(absl::StrCat("proof[", i, "]"), "is not 32 bytes long");
    }
    std::copy(bytes.begin(), bytes.end(), hash.begin());
  }
  return proof;
}

// The note with the signatures of these keys alone.
std::string SignedBy(std::span<const VerifierKey> keys, Note note) {
  std::erase_if(note.signatures, [keys](const NoteSignature& signature) {
    return std::none_of(keys.begin(), keys.end(),
                        [&](const VerifierKey& key) { return key.IsNamedBy(signature); });
  });
  return ledger::FormatNote(note);
}

absl::Status CheckSizes(LogSize old_size, LogSize known, const TreeHead& head) {
  if (old_size > head.size) {
    return WrongFieldError("old_size",
                           absl::StrCat("is above the checkpoint's size, ", head.size.value()));
  }
  if (old_size == known) return absl::OkStatus();
  return CheckpointConflictError(
      absl::StrCat("this witness has cosigned the log of ", known.value(),
                   " events, and the proof begins with ", old_size.value()),
      known.value());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Witness>> Witness::Open(WitnessFolder folder,
                                                       const std::string& name, KnownLogs logs,
                                                       const Surroundings& around) {
  DAYBOOK_RETURN_IF_ERROR(folder.Make());
  DAYBOOK_ASSIGN_OR_RETURN(db::sqlite::FileLock lock,
                           db::sqlite::FileLock::Acquire(folder.LockFile()));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<SigningKey> key, folder.ReadKey());
  if (!key) {
    DAYBOOK_ASSIGN_OR_RETURN(key, MakeKey(folder, name));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckKey(key->verifier(), folder, name));
  DAYBOOK_RETURN_IF_ERROR(folder.WriteVerifier(key->verifier()));
  std::unique_ptr<Witness> witness(
      new Witness(std::move(folder), std::move(lock), *std::move(key), std::move(logs), around));
  witness->ShowLast();
  return witness;
}

Witness::Witness(WitnessFolder folder, db::sqlite::FileLock lock, SigningKey key, KnownLogs logs,
                 const Surroundings& around)
    : folder_(std::move(folder)),
      lock_(std::move(lock)),
      key_(std::move(key)),
      logs_(std::move(logs)),
      around_(around),
      forks_(
          around.metrics.AddCounter("daybook_witness_forks_total",
                                    "Checkpoints that prove that their log has two histories.")) {
  for (const std::string& origin : logs_.Origins()) {
    const telemetry::Labels labels = {{"log", origin}};
    series_.emplace(
        origin,
        Series{.cosigned = around.metrics.AddCounter("daybook_witness_cosigned_total",
                                                     "Checkpoints cosigned.", labels),
               .size = around.metrics.AddGauge("daybook_witness_size",
                                               "Events of the log that were cosigned.", labels)});
  }
}

void Witness::ShowLast() {
  around_.log.Write(Severity::kInfo, "witnessing",
                    {{"verifier_key", verifier().ToString()},
                     {"folder", folder_.path()},
                     {"logs", static_cast<int64_t>(series_.size())}});
  for (auto& [origin, series] : series_) {
    const absl::StatusOr<std::optional<Signed>> last = Last(origin);
    if (!last.ok()) {
      around_.log.Write(Severity::kError, "witnessed_log_unreadable",
                        {{"log", origin}, {"message", std::string(last.status().message())}});
    } else if (*last) {
      series.size.Set(static_cast<double>((*last)->checkpoint.head.size.value()));
    }
  }
}

absl::StatusOr<Witness::Signed> Witness::OpenSigned(const std::string& note) const {
  if (note.size() > kMaxCheckpointBytes) {
    return WrongFieldError("checkpoint", "is longer than 65,536 bytes");
  }
  const absl::StatusOr<ledger::Checkpoint> claimed = ledger::OpenCheckpoint(note, {});
  if (!claimed.ok()) return WrongFieldError("checkpoint", claimed.status().message());
  const std::span<const VerifierKey> keys = logs_.KeysOf(claimed->origin);
  if (keys.empty()) {
    return ErrorWithReason(absl::StatusCode::kNotFound, Reason::kLogUnknown,
                           "this witness does not know the log that the checkpoint names");
  }
  absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::OpenCheckpoint(note, keys);
  if (!checkpoint.ok()) {
    return ErrorWithReason(absl::StatusCode::kPermissionDenied, Reason::kSignatureInvalid,
                           checkpoint.status().message());
  }
  DAYBOOK_ASSIGN_OR_RETURN(Note parsed, ledger::ParseNote(note));
  std::string text = parsed.text;
  return Signed{.checkpoint = *std::move(checkpoint),
                .text = std::move(text),
                .note = SignedBy(keys, std::move(parsed))};
}

// Its signature is not looked at: the key may have been another one then.
absl::StatusOr<std::optional<Witness::Signed>> Witness::Last(const std::string& origin) const {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<std::string> note, folder_.ReadLast(origin));
  if (!note) return std::nullopt;
  absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::OpenCheckpoint(*note, {});
  if (checkpoint.ok() && checkpoint->origin == origin) {
    return Signed{.checkpoint = *std::move(checkpoint), .text = "", .note = *std::move(note)};
  }
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged,
                         absl::StrCat(folder_.LastFile(origin), ": this is no checkpoint of ",
                                      origin, ", and only it tells what was cosigned"));
}

absl::Status Witness::Forked(const Signed& last, const Signed& other) {
  const std::string& origin = last.checkpoint.origin;
  const absl::Status kept = folder_.KeepFork(origin, absl::StrCat(last.note, "\n", other.note));
  forks_.Add();
  const uint64_t size = last.checkpoint.head.size.value();
  around_.log.Write(Severity::kError, "log_forked",
                    {{"log", origin},
                     {"size", static_cast<int64_t>(size)},
                     {"cosigned", last.note},
                     {"other", other.note},
                     {"kept_in", folder_.ForkFile(origin)},
                     {"kept", kept.ok() ? "yes" : std::string(kept.message())}});
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kLogForked,
                         absl::StrCat("the log has signed two roots over ", size,
                                      " events: one that this witness has cosigned, and this one"));
}

absl::StatusOr<std::string> Witness::Cosign(const v1::AddCheckpointRequest& request) {
  DAYBOOK_ASSIGN_OR_RETURN(const Signed next, OpenSigned(request.checkpoint()));
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<Hash> proof, ProofIn(request));
  const std::string& origin = next.checkpoint.origin;
  const TreeHead& head = next.checkpoint.head;

  const MutexLock lock(mutex_);
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Signed> last, Last(origin));
  const TreeHead known =
      last ? last->checkpoint.head : TreeHead{.size = LogSize(0), .root = ledger::EmptyRoot()};
  // Whatever the proof begins with.
  if (last && head.size == known.size && head.root != known.root) return Forked(*last, next);
  DAYBOOK_RETURN_IF_ERROR(CheckSizes(LogSize(request.old_size()), known.size, head));
  if (const absl::Status proved = ledger::VerifyConsistency(known, head, proof); !proved.ok()) {
    return WrongFieldError("proof",
                           absl::StrCat("does not show that the log of ", head.size.value(),
                                        " events begins with the ", known.size.value(),
                                        " that this witness has cosigned"),
                           Reason::kProofInvalid);
  }
  // Also where it is the same: how an attempt before this one ended, nobody may know.
  DAYBOOK_RETURN_IF_ERROR(folder_.WriteLast(origin, next.note));
  Series& series = series_.find(origin)->second;
  series.cosigned.Add();
  series.size.Set(static_cast<double>(head.size.value()));
  return ledger::FormatSignature(key_.Sign(next.text, around_.clock.Now()));
}

absl::StatusOr<v1::AddCheckpointResponse> Witness::AddCheckpoint(
    const v1::AddCheckpointRequest& request) {
  absl::StatusOr<std::string> cosignature = Cosign(request);
  if (!cosignature.ok()) {
    const absl::Status refusal = WithAnyReason(cosignature.status());
    around_.metrics
        .AddCounter("daybook_witness_refused_total", "Checkpoints that were not cosigned.",
                    {{"reason", ReasonIn(refusal)}})
        .Add();
    return refusal;
  }
  v1::AddCheckpointResponse response;
  response.set_cosignatures(*std::move(cosignature));
  return response;
}

}  // namespace daybook::witness
