#include "migrator/vault/encrypted_file.h"

#include "core/status_macros.h"
#include "migrator/vault/file_reader.h"

namespace daybook::vault {

absl::Status EncryptFile(const std::string& path, const Key& key, const Salt& salt, Sink sink) {
  DAYBOOK_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(path));
  Cipher cipher(key, salt);
  DAYBOOK_RETURN_IF_ERROR(sink(cipher.header()));
  ChunkPlace place;
  while (!place.is_last) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view content, file.Read(kChunkBytes));
    place.is_last = file.AtEnd();
    DAYBOOK_RETURN_IF_ERROR(sink(cipher.Encrypt(place, content)));
    ++place.number;
  }
  return absl::OkStatus();
}

absl::Status DecryptFile(const std::string& path, const Key& key, Sink sink) {
  DAYBOOK_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(path));
  DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view header, file.Read(kHeaderBytes));
  DAYBOOK_ASSIGN_OR_RETURN(Cipher cipher, Cipher::ForHeader(key, header));
  ChunkPlace place;
  while (!place.is_last) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::string_view chunk, file.Read(kChunkBytes + kTagBytes));
    place.is_last = file.AtEnd();
    DAYBOOK_ASSIGN_OR_RETURN(const std::string content, cipher.Decrypt(place, chunk));
    DAYBOOK_RETURN_IF_ERROR(sink(content));
    ++place.number;
  }
  return absl::OkStatus();
}

}  // namespace daybook::vault
