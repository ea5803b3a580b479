#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::ledger {

using Hash = std::array<uint8_t, 32>;

// SHA-256.
Hash Sha256(absl::string_view bytes);

// HMAC-SHA-256.
Hash HmacSha256(absl::string_view key, absl::string_view bytes);

// Compares in a time that does not depend on where they differ.
bool EqualInConstantTime(absl::string_view a, absl::string_view b);

// The bytes of `hash`, without copying them.
absl::string_view AsBytes(const Hash& hash);

// Lower-case hex.
std::string ToHex(const Hash& hash);

}  // namespace daybook::ledger
