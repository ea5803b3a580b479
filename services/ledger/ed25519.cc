#include "ledger/ed25519.h"

#include <cstdlib>
#include <memory>

#include <openssl/evp.h>

namespace daybook::ledger {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* AsUnsigned(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// What can only fail for want of memory, or of the algorithm itself.
void Must(bool succeeded) {
  if (!succeeded) std::abort();
}

Key PrivateKey(const Ed25519Seed& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
  Must(key != nullptr);
  return key;
}

}  // namespace

Ed25519PublicKey Ed25519PublicKeyOf(const Ed25519Seed& seed) {
  Ed25519PublicKey bytes;
  size_t size = bytes.size();
  Must(EVP_PKEY_get_raw_public_key(PrivateKey(seed).get(), bytes.data(), &size) == 1);
  return bytes;
}

std::string Ed25519Sign(const Ed25519Seed& seed, absl::string_view message) {
  const Key key = PrivateKey(seed);
  const Context context(EVP_MD_CTX_new());
  Must(context != nullptr &&
       EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  std::string signature(kEd25519SignatureBytes, '\0');
  size_t size = signature.size();
  Must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                      AsUnsigned(message), message.size()) == 1);
  return signature;
}

bool Ed25519Verifies(const Ed25519PublicKey& key, absl::string_view message,
                     absl::string_view signature) {
  const Key known(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()));
  const Context context(EVP_MD_CTX_new());
  Must(context != nullptr);
  return known != nullptr && signature.size() == kEd25519SignatureBytes &&
         EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, known.get()) == 1 &&
         EVP_DigestVerify(context.get(), AsUnsigned(signature), signature.size(),
                          AsUnsigned(message), message.size()) == 1;
}

}  // namespace daybook::ledger
