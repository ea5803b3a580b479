#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "ledger/note_key.h"
#include "ledger/proof.h"
#include "signer/signer_folder.h"

namespace daybook::signer {

// Signs the heads of one log, and never two histories of it: with one key, or with
// two while the key is being rotated.
//
// Thread-compatible.
class LogSigner {
 public:
  // With what the folder holds; makes a key where there is none and none was given.
  //
  // FAILED_PRECONDITION / SIGNING_REFUSED  a key or the state are another log's,
  //     or one of them is there without the other that it was made with
  static absl::StatusOr<LogSigner> Open(SignerFolder folder, const std::string& origin);

  // The head that was signed last; nothing where the folder knows of none.
  const std::optional<ledger::TreeHead>& last() const { return last_; }

  // The note that it was signed in; empty where there is none.
  const std::string& last_note() const { return last_note_; }

  // Of the keys that it holds: the key, and behind it the next one, if there is.
  const std::vector<ledger::VerifierKey>& held() const { return held_; }
  const ledger::VerifierKey& verifier() const { return held_.front(); }
  const std::string& origin() const { return verifier().name(); }
  // Whether this one has signed last_note().
  bool HasSignedLast(const ledger::VerifierKey& key) const;

  // All keys that the log has signed with, the newest first; until told of others,
  // those that it holds.
  const std::vector<ledger::VerifierKey>& known() const { return known_; }
  void Know(std::vector<ledger::VerifierKey> keys) { known_ = std::move(keys); }
  // Puts them where those who verify find them.
  absl::Status ShowKnown() const { return folder_.WriteVerifiers(known_); }

  // The note of a head, signed with all keys that it holds. On OK it is on disk that it was signed.
  //
  // FAILED_PRECONDITION / SIGNING_REFUSED  a larger head was signed, or another
  //     one of that size
  absl::StatusOr<std::string> Sign(const ledger::TreeHead& head, absl::Time now);

 private:
  LogSigner(SignerFolder folder, std::vector<ledger::SigningKey> keys);

  absl::Status ReadState();

  SignerFolder folder_;
  std::vector<ledger::SigningKey> keys_;
  std::vector<ledger::VerifierKey> held_;
  std::vector<ledger::VerifierKey> known_;
  std::optional<ledger::TreeHead> last_;
  std::string last_note_;
};

}  // namespace daybook::signer
