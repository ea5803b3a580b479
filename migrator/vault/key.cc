#include "migrator/vault/key.h"

#include <algorithm>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/stat.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

#include "core/status_macros.h"
#include "db/sqlite/durable_file.h"
#include "migrator/vault/file_reader.h"

namespace daybook::vault {
namespace {

constexpr char kIdText[] = "daybook/vault/key-id/v1";
constexpr size_t kIdBytes = 8;
constexpr size_t kMaxFileBytes = 66;  // hex digits, CR and LF

bool IsHex(absl::string_view text) {
  return text.size() == 2 * std::tuple_size_v<Key::Bytes> &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return absl::ascii_isxdigit(static_cast<unsigned char>(c)); });
}

}  // namespace

absl::StatusOr<Key> Key::Read(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool exists, db::sqlite::Exists(path));
  if (!exists) return absl::NotFoundError(absl::StrCat("there is no key file ", path));
  DAYBOOK_ASSIGN_OR_RETURN(FileReader file, FileReader::Open(path));
  Bytes bytes;
  if (file.size() > kMaxFileBytes) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is no key: it is too long"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(absl::string_view content, file.Read(kMaxFileBytes));
  if (content.size() == bytes.size()) {
    std::copy(content.begin(), content.end(), bytes.begin());
    return Key(bytes);
  }
  const absl::string_view digits = absl::StripTrailingAsciiWhitespace(content);
  if (!IsHex(digits)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, " is no key: it must hold 32 bytes or 64 hex digits"));
  }
  const std::string raw = absl::HexStringToBytes(digits);
  std::copy(raw.begin(), raw.end(), bytes.begin());
  return Key(bytes);
}

Key::~Key() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

std::string Key::Id() const {
  std::array<uint8_t, 32> mac;
  HMAC(EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()),
       reinterpret_cast<const unsigned char*>(kIdText), sizeof(kIdText) - 1, mac.data(), nullptr);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(mac.data()), kIdBytes));
}

std::string PermissionFault(const std::string& path) {
  constexpr mode_t kOthers = 077;
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || (status.st_mode & kOthers) == 0) return "";
  return absl::StrFormat("others than its owner may use the key file %s (mode %04o)", path,
                         status.st_mode & 07777U);
}

}  // namespace daybook::vault
