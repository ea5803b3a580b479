#pragma once

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/note_key.h"

namespace daybook::witness {

// Where the witness of a service is, unless told otherwise: beside its store.
std::string WitnessFolderOf(absl::string_view data_dir);

// What a witness signs with, and what it cosigned last of each log: files beside the
// store and not in it, so that whoever puts back the store does not put back them.
// docs/witness.md tells of them.
//
// Errors of the system are those of db/sqlite/durable_file.h; whatever else makes the
// folder useless is FAILED_PRECONDITION / WITNESS_NOT_CONFIGURED.
//
// Immutable.
class WitnessFolder {
 public:
  // The key is that in `key_file` where one is given, and in the folder otherwise.
  explicit WitnessFolder(std::string path, std::string key_file = "")
      : path_(std::move(path)), given_key_(std::move(key_file)) {}

  const std::string& path() const { return path_; }
  bool HasGivenKey() const { return !given_key_.empty(); }
  std::string KeyFile() const { return given_key_.empty() ? path_ + "/witness.key" : given_key_; }
  // The public half, for those who verify.
  std::string VerifierFile() const { return path_ + "/verifier.key"; }
  // Locked by the process that cosigns.
  std::string LockFile() const { return path_ + "/witness.lock"; }
  // The note cosigned last of a log.
  std::string LastFile(const std::string& origin) const;
  // Two notes of a log that cannot both be true.
  std::string ForkFile(const std::string& origin) const;

  // Makes the folder where it is missing.
  absl::Status Make() const;

  // Nothing where there is none.
  absl::StatusOr<std::optional<ledger::SigningKey>> ReadKey() const;
  // For its owner's eyes only.
  absl::Status WriteKey(const ledger::SigningKey& key) const;
  absl::Status WriteVerifier(const ledger::VerifierKey& key) const;

  // Whether anything was ever cosigned.
  absl::StatusOr<bool> HasCosigned() const;

  // The note cosigned last, as it was written; nothing where there is none.
  absl::StatusOr<std::optional<std::string>> ReadLast(const std::string& origin) const;
  absl::Status WriteLast(const std::string& origin, absl::string_view note) const;

  // Keeps the first proof of a log's two histories, which is as good as any.
  absl::Status KeepFork(const std::string& origin, absl::string_view notes) const;

 private:
  std::string path_;
  std::string given_key_;
};

}  // namespace daybook::witness
