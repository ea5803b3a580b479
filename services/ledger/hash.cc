#include "ledger/hash.h"

#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "absl/strings/escaping.h"

namespace daybook::ledger {
namespace {

const unsigned char* Unsigned(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Fetched once: looking the digest up again for every hash halves the rate.
const EVP_MD* Digest() {
  static const EVP_MD* const digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest;
}

}  // namespace

// The functions below the provider: an event has nine hashes of a block or two,
// of which EVP's way to them is the greater part. OpenSSL 3 calls them
// deprecated and keeps them.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
Hash Sha256(absl::string_view bytes) {
  Hash hash;
  SHA256_CTX context;
  // A log that goes on with a wrong hash is worse than one that stops.
  if (SHA256_Init(&context) != 1 || SHA256_Update(&context, bytes.data(), bytes.size()) != 1 ||
      SHA256_Final(hash.data(), &context) != 1) {
    std::abort();
  }
  return hash;
}
#pragma GCC diagnostic pop

Hash HmacSha256(absl::string_view key, absl::string_view bytes) {
  Hash hash;
  if (HMAC(Digest(), key.data(), static_cast<int>(key.size()), Unsigned(bytes), bytes.size(),
           hash.data(), nullptr) == nullptr) {
    std::abort();
  }
  return hash;
}

bool EqualInConstantTime(absl::string_view a, absl::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

absl::string_view AsBytes(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

std::string ToHex(const Hash& hash) { return absl::BytesToHexString(AsBytes(hash)); }

}  // namespace daybook::ledger
