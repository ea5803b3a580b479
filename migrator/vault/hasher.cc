#include "migrator/vault/hasher.h"

#include <array>
#include <cstdlib>

#include <openssl/evp.h>

#include "absl/strings/escaping.h"

namespace daybook::vault {
namespace {

// A wrong hash is worse than none.
void AbortUnless(int ok) {
  if (ok != 1) std::abort();
}

}  // namespace

void Hasher::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Hasher::Hasher() : context_(EVP_MD_CTX_new()) {
  AbortUnless(EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr));
}

void Hasher::Add(absl::string_view bytes) {
  AbortUnless(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()));
}

std::string Hasher::Finish() {
  std::array<unsigned char, 32> hash;
  AbortUnless(EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr));
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(hash.data()), hash.size()));
}

}  // namespace daybook::vault
