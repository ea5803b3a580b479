#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::ledger {

// Ed25519 of RFC 8032.

using Ed25519Seed = std::array<uint8_t, 32>;
using Ed25519PublicKey = std::array<uint8_t, 32>;
inline constexpr size_t kEd25519SignatureBytes = 64;

Ed25519PublicKey Ed25519PublicKeyOf(const Ed25519Seed& seed);
std::string Ed25519Sign(const Ed25519Seed& seed, absl::string_view message);
bool Ed25519Verifies(const Ed25519PublicKey& key, absl::string_view message,
                     absl::string_view signature);

}  // namespace daybook::ledger
