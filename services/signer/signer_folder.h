#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/note_key.h"

namespace daybook::signer {

// Where the signer of a store is, unless told otherwise: beside its folder.
std::string SignerFolderOf(absl::string_view data_dir);

// What a log signs with, and what it signed last: files beside the store and not
// in it, so that whoever puts back the store does not put back them.
//
// Errors of the system are those of db/sqlite/durable_file.h.
//
// Immutable.
class SignerFolder {
 public:
  // The key is that in `key_file` where one is given, and in the folder otherwise.
  explicit SignerFolder(std::string path, std::string key_file = "")
      : path_(std::move(path)), given_key_(std::move(key_file)) {}

  const std::string& path() const { return path_; }
  bool HasGivenKey() const { return !given_key_.empty(); }
  std::string KeyFile() const { return given_key_.empty() ? path_ + "/signing.key" : given_key_; }
  std::string StateFile() const { return path_ + "/signer.state"; }
  // The public half, for those who verify.
  std::string VerifierFile() const { return path_ + "/verifier.key"; }

  // Makes the folder where it is missing.
  absl::Status Make() const;

  // Nothing where there is none. FAILED_PRECONDITION / SIGNING_REFUSED where the
  // file is no key.
  absl::StatusOr<std::optional<ledger::SigningKey>> ReadKey() const;
  // For its owner's eyes only.
  absl::Status WriteKey(const ledger::SigningKey& key) const;
  absl::Status WriteVerifier(const ledger::VerifierKey& key) const;

  // The note signed last, as it was written; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> ReadState() const;
  absl::Status WriteState(absl::string_view note) const;

  // Renames the folder's key and state to end with `suffix`, so that others can be
  // made. A key that was given stays.
  absl::Status PutAside(absl::string_view suffix) const;

 private:
  std::string path_;
  std::string given_key_;
};

}  // namespace daybook::signer
