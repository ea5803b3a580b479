#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "migrator/vault/cipher.h"
#include "migrator/vault/key.h"

namespace daybook::vault {

// Takes bytes, in order; its error ends what is under way and is returned.
using Sink = absl::FunctionRef<absl::Status(absl::string_view bytes)>;

// Gives `sink` the encrypted form of the file at `path`. `salt` must be new.
absl::Status EncryptFile(const std::string& path, const Key& key, const Salt& salt, Sink sink);

// Gives `sink` what is in the encrypted file at `path`. Each piece is authentic;
// that all are there, only an OK says. Errors:
//   DATA_LOSS            the file is none of this format, or not as it was written
//   FAILED_PRECONDITION  a newer version of the format
//   PERMISSION_DENIED    it was encrypted with another key
absl::Status DecryptFile(const std::string& path, const Key& key, Sink sink);

}  // namespace daybook::vault
