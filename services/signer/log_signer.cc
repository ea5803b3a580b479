#include "signer/log_signer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "core/status_macros.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/salt.h"

namespace daybook::signer {
namespace {

using ::daybook::ledger::KeyType;
using ::daybook::ledger::SigningKey;
using ::daybook::ledger::TreeHead;

absl::Status SigningRefusedError(absl::string_view why) {
  return ErrorWithReason(absl::StatusCode::kFailedPrecondition, Reason::kSigningRefused, why);
}

absl::Status CheckKey(const SigningKey& key, const std::string& file, const std::string& origin) {
  if (key.verifier().type() != KeyType::kLog) {
    return SigningRefusedError(absl::StrCat(file, ": this is a witness's key"));
  }
  if (key.verifier().name() == origin) return absl::OkStatus();
  return SigningRefusedError(absl::StrCat(file, ": the key signs for ", key.verifier().name(),
                                          ", and this log is ", origin));
}

absl::StatusOr<SigningKey> MakeKey(const SignerFolder& folder, const std::string& origin) {
  if (folder.HasGivenKey()) {
    return SigningRefusedError(absl::StrCat("there is no signing key at ", folder.KeyFile()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> state, folder.ReadState());
  if (state) {
    return SigningRefusedError(absl::StrCat("the log was signed before, and its key is gone: put ",
                                            folder.KeyFile(), " back from where it is kept"));
  }
  SigningKey key(origin, KeyType::kLog, ledger::DrawSalt());
  DAYBOOK_RETURN_IF_ERROR(folder.Make());
  DAYBOOK_RETURN_IF_ERROR(folder.WriteKey(key));
  return key;
}

// Nothing where none is under way to become the key.
absl::StatusOr<std::optional<SigningKey>> NextKey(const SignerFolder& folder, const SigningKey& key,
                                                  const std::string& origin) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<SigningKey> next, folder.ReadNextKey());
  if (!next && folder.HasGivenNextKey()) {
    return SigningRefusedError(absl::StrCat("there is no signing key at ", folder.NextKeyFile()));
  }
  if (!next) return next;
  DAYBOOK_RETURN_IF_ERROR(CheckKey(*next, folder.NextKeyFile(), origin));
  // Whoever gives both has come to the end of a rotation.
  if (next->ToString() == key.ToString()) return std::nullopt;
  return next;
}

}  // namespace

LogSigner::LogSigner(SignerFolder folder, std::vector<SigningKey> keys)
    : folder_(std::move(folder)), keys_(std::move(keys)) {
  held_.reserve(keys_.size());
  for (const SigningKey& key : keys_) held_.push_back(key.verifier());
  known_.assign(held_.rbegin(), held_.rend());
}

absl::StatusOr<LogSigner> LogSigner::Open(SignerFolder folder, const std::string& origin) {
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<SigningKey> key, folder.ReadKey());
  if (!key) {
    DAYBOOK_ASSIGN_OR_RETURN(key, MakeKey(folder, origin));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckKey(*key, folder.KeyFile(), origin));
  DAYBOOK_ASSIGN_OR_RETURN(std::optional<SigningKey> next, NextKey(folder, *key, origin));
  DAYBOOK_RETURN_IF_ERROR(folder.Make());
  std::vector<SigningKey> keys = {*std::move(key)};
  if (next) keys.push_back(*std::move(next));
  LogSigner signer(std::move(folder), std::move(keys));
  DAYBOOK_RETURN_IF_ERROR(signer.ReadState());
  return signer;
}

bool LogSigner::HasSignedLast(const ledger::VerifierKey& key) const {
  return ledger::OpenCheckpoint(last_note_, {&key, 1}).ok();
}

absl::Status LogSigner::ReadState() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> state, folder_.ReadState());
  if (!state) return absl::OkStatus();
  const absl::StatusOr<ledger::Checkpoint> checkpoint = ledger::OpenCheckpoint(*state, held_);
  if (!checkpoint.ok()) {
    return SigningRefusedError(absl::StrCat(folder_.StateFile(), ": this was not signed for ",
                                            origin(),
                                            " with its key: ", checkpoint.status().message()));
  }
  last_ = checkpoint->head;
  last_note_ = *state;
  return absl::OkStatus();
}

absl::StatusOr<std::string> LogSigner::Sign(const TreeHead& head, absl::Time now) {
  if (last_ && head.size < last_->size) {
    return SigningRefusedError(absl::StrCat("the log holds ", head.size.value(),
                                            " events, and a checkpoint of ", last_->size.value(),
                                            " was signed"));
  }
  if (last_ && head.size == last_->size && head.root != last_->root) {
    return SigningRefusedError(
        absl::StrCat("a checkpoint of ", head.size.value(), " events was signed over others"));
  }
  ledger::Note note{.text = ledger::FormatCheckpoint({.origin = origin(), .head = head}),
                    .signatures = {}};
  for (const SigningKey& key : keys_) note.signatures.push_back(key.Sign(note.text, now));
  std::string bytes = ledger::FormatNote(note);
  DAYBOOK_RETURN_IF_ERROR(folder_.WriteState(bytes));
  last_ = head;
  last_note_ = bytes;
  return bytes;
}

}  // namespace daybook::signer
