#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "google/protobuf/repeated_ptr_field.h"
#include "ledger/checkpoint.h"
#include "ledger/hash.h"
#include "ledger/note_key.h"

namespace daybook::cli {

// All of a file. NOT_FOUND where there is none.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// The keys in `given`: a verifier key, or a file with one a line. UsageError where
// that is neither.
absl::StatusOr<std::vector<ledger::VerifierKey>> ReadVerifierKeys(const std::string& given);

// A checkpoint, and the note that it was read from.
struct SignedHead {
  std::string note;
  ledger::Checkpoint checkpoint;
};

// Where there are keys, one of them must have signed it, and be of the log that it
// names; otherwise nobody's signature is looked at. NotVerifiedError where it is
// not so.
absl::StatusOr<SignedHead> OpenSignedHead(const std::string& note,
                                          std::span<const ledger::VerifierKey> keys);

// The hashes of a proof as calls carry them. NotVerifiedError where one is none.
absl::StatusOr<std::vector<ledger::Hash>> HashesIn(
    const google::protobuf::RepeatedPtrField<std::string>& proof);

}  // namespace daybook::cli
