#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

#include "ledger/hash.h"

namespace daybook::ledger {

// Text in the one way of writing it that the formats of the ledger allow: what
// could be written in two ways could be signed in two ways.

// A number in decimal, without signs, spaces or leading zeros.
std::optional<uint64_t> ParseDecimal(absl::string_view text);

// Base64 of RFC 4648, section 4, padded.
std::string ToBase64(absl::string_view bytes);
std::optional<std::string> FromBase64(absl::string_view text);

// The base64 of a hash.
std::string ToBase64(const Hash& hash);
std::optional<Hash> HashFromBase64(absl::string_view text);

}  // namespace daybook::ledger
