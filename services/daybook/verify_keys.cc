#include "daybook/verify_keys.h"

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "daybook/signed_head.h"
#include "ledger/checkpoint.h"
#include "signer/signer_folder.h"

namespace daybook::cli {

absl::StatusOr<VerifyKeys> ReadKeys(const std::vector<std::string>& given,
                                    const std::string& signer_dir) {
  VerifyKeys found;
  for (const std::string& each : given) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<ledger::VerifierKey> keys, ReadVerifierKeys(each));
    found.keys.insert(found.keys.end(), keys.begin(), keys.end());
    found.source = KeySource::kGiven;
  }
  if (!given.empty() || signer_dir.empty()) return found;
  // Often only the service may read it.
  const std::string path = signer::SignerFolder(signer_dir).VerifierFile();
  if (!ReadWholeFile(path).ok()) return found;
  DAYBOOK_ASSIGN_OR_RETURN(found.keys, ReadVerifierKeys(path));
  found.source = KeySource::kStore;
  return found;
}

absl::StatusOr<verify::SignedHead> ReadCheckpointFile(const std::string& path) {
  const absl::StatusOr<std::string> note = ReadWholeFile(path);
  if (!note.ok()) return absl::InvalidArgumentError(note.status().message());
  const auto checkpoint = ledger::OpenCheckpoint(*note, {});
  if (!checkpoint.ok()) {
    return absl::Status(checkpoint.status().code(),
                        absl::StrCat(path, ": ", checkpoint.status().message()));
  }
  return verify::SignedHead{
      .head = checkpoint->head, .origin = checkpoint->origin, .name = path, .note = *note};
}

}  // namespace daybook::cli
