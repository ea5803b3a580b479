#include "ledger/hash.h"

#include <cstdlib>
#include <memory>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

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

EVP_MD_CTX* ThreadContext() {
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  thread_local const std::unique_ptr<EVP_MD_CTX, Free> context(EVP_MD_CTX_new());
  return context.get();
}

}  // namespace

Hash Sha256(absl::string_view bytes) {
  Hash hash;
  EVP_MD_CTX* const context = ThreadContext();
  // These fail only without memory or without a SHA-256; a log that goes on
  // with a wrong hash is worse than one that stops.
  if (EVP_DigestInit_ex2(context, Digest(), nullptr) != 1 ||
      EVP_DigestUpdate(context, bytes.data(), bytes.size()) != 1 ||
      EVP_DigestFinal_ex(context, hash.data(), nullptr) != 1) {
    std::abort();
  }
  return hash;
}

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
