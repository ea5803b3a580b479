#pragma once

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/note_key.h"

namespace daybook::signer {

// Where the signer of a store is, unless told otherwise: beside its folder.
std::string SignerFolderOf(absl::string_view data_dir);

// What a log signs with, and what it signed last: files beside the store and not
// in it, so that whoever puts back the store does not put back them. While the key
// is being rotated, there is a second one: the next.
//
// Errors of the system are those of db/sqlite/durable_file.h.
//
// Immutable.
class SignerFolder {
 public:
  // Files of keys that lie elsewhere; those in the folder where empty.
  struct Given {
    std::string key = {};
    std::string next_key = {};
  };
  explicit SignerFolder(std::string path) : SignerFolder(std::move(path), Given()) {}
  SignerFolder(std::string path, Given given) : path_(std::move(path)), given_(std::move(given)) {}

  const std::string& path() const { return path_; }
  bool HasGivenKey() const { return !given_.key.empty(); }
  bool HasGivenNextKey() const { return !given_.next_key.empty(); }
  std::string KeyFile() const { return HasGivenKey() ? given_.key : OwnKeyFile(); }
  std::string NextKeyFile() const { return HasGivenNextKey() ? given_.next_key : OwnNextKeyFile(); }
  std::string StateFile() const { return path_ + "/signer.state"; }
  // The public halves, for those who verify: of all keys that the log has signed
  // with, one a line, the newest first.
  std::string VerifierFile() const { return path_ + "/verifier.key"; }

  // Makes the folder where it is missing.
  absl::Status Make() const;

  // Nothing where there is none. FAILED_PRECONDITION / SIGNING_REFUSED where the
  // file is no key.
  absl::StatusOr<std::optional<ledger::SigningKey>> ReadKey() const;
  absl::StatusOr<std::optional<ledger::SigningKey>> ReadNextKey() const;
  // For its owner's eyes only.
  absl::Status WriteKey(const ledger::SigningKey& key) const;
  absl::Status WriteNextKey(const ledger::SigningKey& key) const;
  // In one step the next key is the key, and the key is gone.
  absl::Status MakeNextTheKey() const;

  absl::Status WriteVerifiers(std::span<const ledger::VerifierKey> keys) const;
  // None where there is no file. FAILED_PRECONDITION / SIGNING_REFUSED where a line
  // is no key.
  absl::StatusOr<std::vector<ledger::VerifierKey>> ReadVerifiers() const;

  // The note signed last, as it was written; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> ReadState() const;
  absl::Status WriteState(absl::string_view note) const;

  // Renames the folder's keys and state to end with `suffix`, so that others can be
  // made. A key that was given stays.
  absl::Status PutAside(absl::string_view suffix) const;

 private:
  std::string OwnKeyFile() const { return path_ + "/signing.key"; }
  std::string OwnNextKeyFile() const { return path_ + "/signing.next.key"; }

  std::string path_;
  Given given_;
};

}  // namespace daybook::signer
