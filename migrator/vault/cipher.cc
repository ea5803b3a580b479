#include "migrator/vault/cipher.h"

#include <algorithm>
#include <cstdlib>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "absl/strings/str_cat.h"

#include "core/errors.h"

namespace daybook::vault {
namespace {

using Block = std::array<uint8_t, 32>;

constexpr absl::string_view kMagic = "DAYBENC\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kSaltAt = 16;
constexpr size_t kKeyCheckAt = 48;
constexpr absl::string_view kInfo = "daybook/vault/v1";
constexpr size_t kNonceBytes = 12;

const unsigned char* Unsigned(absl::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// Without memory or a generator nothing can be kept secret.
void AbortUnless(bool ok) {
  if (!ok) std::abort();
}

void AppendBigEndian(uint64_t number, size_t bytes, std::string& out) {
  for (size_t i = bytes; i > 0; --i) {
    out.push_back(static_cast<char>(number >> (8 * (i - 1)) & 0xffU));
  }
}

Block Hmac(absl::string_view key, absl::string_view text) {
  Block mac;
  AbortUnless(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), Unsigned(text),
                   text.size(), mac.data(), nullptr) != nullptr);
  return mac;
}

absl::string_view View(const Block& block) {
  return {reinterpret_cast<const char*>(block.data()), block.size()};
}

// HKDF with SHA-256: 32 bytes for the cipher, and 16 that tell whether a key is
// the right one.
struct Derived {
  Block file_key;
  std::string key_check;
};

Derived Derive(const Key& key, const Salt& salt) {
  Block extracted = Hmac(View(salt), View(key.bytes()));
  Derived derived;
  derived.file_key = Hmac(View(extracted), absl::StrCat(kInfo, "\x01"));
  std::string second = absl::StrCat(View(derived.file_key), kInfo, "\x02");
  derived.key_check = std::string(View(Hmac(View(extracted), second)).substr(0, 16));
  OPENSSL_cleanse(extracted.data(), extracted.size());
  OPENSSL_cleanse(second.data(), second.size());
  return derived;
}

std::string HeaderWithoutKeyCheck(const Salt& salt) {
  std::string header(kMagic);
  AppendBigEndian(kVersion, 4, header);
  AppendBigEndian(kChunkBytes, 4, header);
  absl::StrAppend(&header, View(salt));
  return header;
}

std::string Nonce(ChunkPlace place) {
  std::string nonce(kNonceBytes - 8, '\0');
  AppendBigEndian(place.number, 8, nonce);
  return nonce;
}

// What is authenticated with a chunk, and not in it.
std::string Associated(absl::string_view header, ChunkPlace place) {
  std::string data(header);
  AppendBigEndian(place.number, 8, data);
  data.push_back(place.is_last ? '\x01' : '\x00');
  return data;
}

absl::Status DamagedError(absl::string_view what) {
  return ErrorWithReason(absl::StatusCode::kDataLoss, Reason::kStoreDamaged, what);
}

}  // namespace

Salt DrawSalt() {
  Salt salt;
  AbortUnless(RAND_bytes(salt.data(), static_cast<int>(salt.size())) == 1);
  return salt;
}

void Cipher::Free::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }

Cipher::Cipher(const Key& key, const Salt& salt)
    : header_(HeaderWithoutKeyCheck(salt)),
      file_key_(Derive(key, salt).file_key),
      context_(EVP_CIPHER_CTX_new()) {
  header_ += Derive(key, salt).key_check;
  AbortUnless(context_ != nullptr);
}

absl::StatusOr<Cipher> Cipher::ForHeader(const Key& key, absl::string_view header) {
  if (header.size() != kHeaderBytes || header.substr(0, kMagic.size()) != kMagic) {
    return DamagedError("the file does not begin as an encrypted backup does");
  }
  Salt salt;
  std::copy_n(header.begin() + kSaltAt, salt.size(), salt.begin());
  Cipher cipher(key, salt);
  if (header.substr(0, kSaltAt) != cipher.header().substr(0, kSaltAt)) {
    return absl::FailedPreconditionError(
        "the file is encrypted in a way that only a newer build knows");
  }
  const absl::string_view found = header.substr(kKeyCheckAt);
  const absl::string_view wanted = cipher.header().substr(kKeyCheckAt);
  if (CRYPTO_memcmp(found.data(), wanted.data(), wanted.size()) != 0) {
    return absl::PermissionDeniedError("the file is encrypted with another key");
  }
  return cipher;
}

std::string Cipher::Encrypt(ChunkPlace place, absl::string_view content) {
  const std::string nonce = Nonce(place);
  const std::string associated = Associated(header_, place);
  std::string chunk(content.size() + kTagBytes, '\0');
  auto* const out = reinterpret_cast<unsigned char*>(chunk.data());
  EVP_CIPHER_CTX* const context = context_.get();
  int bytes = 0;
  AbortUnless(EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), nullptr, file_key_.bytes().data(),
                                 Unsigned(nonce)) == 1 &&
              EVP_EncryptUpdate(context, nullptr, &bytes, Unsigned(associated),
                                static_cast<int>(associated.size())) == 1 &&
              EVP_EncryptUpdate(context, out, &bytes, Unsigned(content),
                                static_cast<int>(content.size())) == 1 &&
              EVP_EncryptFinal_ex(context, out + content.size(), &bytes) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, kTagBytes, out + content.size()) ==
                  1);
  return chunk;
}

absl::StatusOr<std::string> Cipher::Decrypt(ChunkPlace place, absl::string_view chunk) {
  if (chunk.size() < kTagBytes) return DamagedError("the encrypted file is cut off");
  const absl::string_view encrypted = chunk.substr(0, chunk.size() - kTagBytes);
  std::string tag(chunk.substr(encrypted.size()));
  const std::string nonce = Nonce(place);
  const std::string associated = Associated(header_, place);
  std::string content(encrypted.size(), '\0');
  auto* const out = reinterpret_cast<unsigned char*>(content.data());
  EVP_CIPHER_CTX* const context = context_.get();
  int bytes = 0;
  AbortUnless(EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), nullptr, file_key_.bytes().data(),
                                 Unsigned(nonce)) == 1 &&
              EVP_DecryptUpdate(context, nullptr, &bytes, Unsigned(associated),
                                static_cast<int>(associated.size())) == 1 &&
              EVP_DecryptUpdate(context, out, &bytes, Unsigned(encrypted),
                                static_cast<int>(encrypted.size())) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  if (EVP_DecryptFinal_ex(context, out + content.size(), &bytes) != 1) {
    return DamagedError(absl::StrCat("chunk ", place.number,
                                     " of the encrypted file is not what was written there:"
                                     " the file is damaged, cut off or put together anew"));
  }
  return content;
}

}  // namespace daybook::vault
