#pragma once

#include "absl/status/status.h"

#include "daybookd/store_parts.h"
#include "signer/log_signer.h"

namespace daybook::daybookd {

// A log says with which keys it is signed before it is: the keys that a signer holds
// are compared with those that the log names. docs/signing.md describes rotation.

// Whether a log goes on with what the signer holds; nothing is changed.
//
// FAILED_PRECONDITION / SIGNING_REFUSED  it is not what was signed, it does not know
//     the keys, or it has retired one
absl::Status CheckSigner(signer::LogSigner& signer, const StoreParts& store);

// Records ledger.key_added for each key that is held and not named yet, and
// ledger.key_retired for each that is named and held no more; then the signer knows
// all keys of the log, and shows them. Called again after a crash it does what is
// left. Refused as CheckSigner is, before anything is recorded.
absl::Status DeclareKeys(signer::LogSigner& signer, const StoreParts& store);

}  // namespace daybook::daybookd
