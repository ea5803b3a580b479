#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "ledger/note_key.h"
#include "ledger/proof.h"
#include "signer/signer_folder.h"

namespace daybook::signer {

// Signs the heads of one log, and never two histories of it.
//
// Thread-compatible.
class LogSigner {
 public:
  // With what the folder holds; makes a key where there is none and none was given.
  //
  // FAILED_PRECONDITION / SIGNING_REFUSED  the key or the state are another log's,
  //     or one of them is there without the other that it was made with
  static absl::StatusOr<LogSigner> Open(SignerFolder folder, const std::string& origin);

  // The head that was signed last; nothing where the folder knows of none.
  const std::optional<ledger::TreeHead>& last() const { return last_; }

  const ledger::VerifierKey& verifier() const { return key_.verifier(); }
  const std::string& origin() const { return verifier().name(); }

  // The signed note of a head. On OK it is on disk that it was signed.
  //
  // FAILED_PRECONDITION / SIGNING_REFUSED  a larger head was signed, or another
  //     one of that size
  absl::StatusOr<std::string> Sign(const ledger::TreeHead& head, absl::Time now);

 private:
  LogSigner(SignerFolder folder, ledger::SigningKey key)
      : folder_(std::move(folder)), key_(std::move(key)) {}

  absl::Status ReadState();

  SignerFolder folder_;
  ledger::SigningKey key_;
  std::optional<ledger::TreeHead> last_;
};

}  // namespace daybook::signer
