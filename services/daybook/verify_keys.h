#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "ledger/note_key.h"
#include "verify/ledger_records.h"

namespace daybook::cli {

// Whose word the keys are that a log is verified with.
enum class KeySource {
  kNone,   // there are none
  kStore,  // found beside the store
  kGiven,  // named by the caller
};

struct VerifyKeys {
  std::vector<ledger::VerifierKey> keys;
  KeySource source = KeySource::kNone;
};

// Those in `given`, each a verifier key or a file with one a line; where none is
// given, those in the folder of the signer, if one is named and there. INVALID_ARGUMENT where one
// is no key.
absl::StatusOr<VerifyKeys> ReadKeys(const std::vector<std::string>& given,
                                    const std::string& signer_dir);

// A checkpoint that was kept in a file, whoever signed it. INVALID_ARGUMENT where that
// holds none.
absl::StatusOr<verify::SignedHead> ReadCheckpointFile(const std::string& path);

}  // namespace daybook::cli
