#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "migrator/vault/key.h"

struct evp_cipher_ctx_st;

namespace daybook::vault {

// The parts of an encrypted file, version 1; docs/backups.md describes it. A
// header, then chunks, each as long as its content and a tag.

inline constexpr size_t kHeaderBytes = 64;
inline constexpr size_t kChunkBytes = 65'536;  // of content; the last may be shorter
inline constexpr size_t kTagBytes = 16;

// What makes each file's key its own.
using Salt = std::array<uint8_t, 32>;

// From the operating system's generator.
Salt DrawSalt();

// Which chunk of a file.
struct ChunkPlace {
  uint64_t number = 0;  // from 0
  bool is_last = false;
};

// Encrypts or decrypts the chunks of one file.
//
// Thread-compatible.
class Cipher {
 public:
  // Of a new file. `salt` must be new too.
  Cipher(const Key& key, const Salt& salt);

  // Of the file that begins with `header`.
  //
  // DATA_LOSS            it is no header of this format
  // FAILED_PRECONDITION  it is one of a newer version
  // PERMISSION_DENIED    the file was encrypted with another key
  static absl::StatusOr<Cipher> ForHeader(const Key& key, absl::string_view header);

  absl::string_view header() const { return header_; }

  // The chunk, with its tag.
  std::string Encrypt(ChunkPlace place, absl::string_view content);

  // DATA_LOSS where the chunk is not what was encrypted at this place of this
  // file.
  absl::StatusOr<std::string> Decrypt(ChunkPlace place, absl::string_view chunk);

 private:
  struct Free {
    void operator()(evp_cipher_ctx_st* context) const;
  };

  std::string header_;
  Key file_key_;
  std::unique_ptr<evp_cipher_ctx_st, Free> context_;
};

}  // namespace daybook::vault
