#include "ledger/note_key.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

#include "core/status_macros.h"
#include "ledger/canonical_text.h"
#include "ledger/hash.h"
#include "schema/utf8.h"

namespace daybook::ledger {
namespace {

constexpr absl::string_view kPrivate = "PRIVATE+KEY+";
// Before a witness's signature: when it was made, seconds since 1970 in eight
// bytes.
constexpr size_t kTimeBytes = 8;

// The characters that Unicode calls spaces, in UTF-8.
constexpr absl::string_view kSpaces[] = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
    "\xE3\x80\x80"};

uint32_t KeyId(absl::string_view name, KeyType type, const Ed25519PublicKey& key) {
  std::string message = absl::StrCat(name, "\n");
  message.push_back(static_cast<char>(type));
  message.append(key.begin(), key.end());
  const Hash hash = Sha256(message);
  uint32_t id = 0;
  for (size_t i = 0; i < sizeof(id); ++i) id = id << 8 | hash[i];
  return id;
}

std::string Encoded(KeyType type, const std::array<uint8_t, 32>& bytes) {
  std::string encoded(1, static_cast<char>(type));
  encoded.append(bytes.begin(), bytes.end());
  return ToBase64(encoded);
}

// A key in text: its name, its id, and a type with 32 bytes.
struct KeyText {
  std::string name;
  std::string id;
  KeyType type;
  std::array<uint8_t, 32> bytes;
};

std::optional<KeyType> TypeOf(char byte) {
  for (const KeyType type : {KeyType::kLog, KeyType::kWitness}) {
    if (byte == static_cast<char>(type)) return type;
  }
  return std::nullopt;
}

std::optional<KeyText> ReadKey(absl::string_view text) {
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('+', 2));
  if (parts.size() != 3 || !IsKeyName(parts[0])) return std::nullopt;
  const std::optional<std::string> encoded = FromBase64(parts[2]);
  KeyText key{.name = parts[0], .id = parts[1], .type = {}, .bytes = {}};
  if (!encoded || encoded->size() != 1 + key.bytes.size()) return std::nullopt;
  const std::optional<KeyType> type = TypeOf(encoded->front());
  if (!type) return std::nullopt;
  key.type = *type;
  std::copy(std::next(encoded->begin()), encoded->end(), key.bytes.begin());
  return key;
}

std::string IdText(uint32_t id) { return absl::StrFormat("%08x", id); }

// What a witness signs.
std::string Witnessed(absl::string_view note_text, uint64_t seconds) {
  return absl::StrCat("cosignature/v1\ntime ", seconds, "\n", note_text);
}

std::optional<uint64_t> SecondsIn(absl::string_view signature) {
  if (signature.size() < kTimeBytes) return std::nullopt;
  uint64_t seconds = 0;
  for (const char byte : signature.substr(0, kTimeBytes)) {
    seconds = seconds << 8 | static_cast<uint8_t>(byte);
  }
  return seconds;
}

}  // namespace

std::optional<uint64_t> CosignedAt(const NoteSignature& signature) {
  return SecondsIn(signature.bytes);
}

bool IsKeyName(absl::string_view name) {
  const bool has_space =
      std::any_of(std::begin(kSpaces), std::end(kSpaces),
                  [&](absl::string_view space) { return absl::StrContains(name, space); });
  return !name.empty() && !has_space && !absl::StrContains(name, '+') &&
         schema::CountCharacters(name).has_value();
}

VerifierKey::VerifierKey(std::string name, KeyType type, const Ed25519PublicKey& key)
    : name_(std::move(name)), type_(type), key_(key), id_(KeyId(name_, type, key)) {}

absl::StatusOr<VerifierKey> VerifierKey::Parse(absl::string_view text) {
  const std::optional<KeyText> read = ReadKey(text);
  if (!read) {
    return absl::InvalidArgumentError("a verifier key is name+id+base64, for Ed25519");
  }
  VerifierKey key(read->name, read->type, read->bytes);
  if (IdText(key.id()) != read->id) {
    return absl::InvalidArgumentError(
        absl::StrCat("the verifier key's id does not belong to it; it is ", IdText(key.id())));
  }
  return key;
}

std::string VerifierKey::ToString() const {
  return absl::StrCat(NameAndId(), "+", Encoded(type_, key_));
}

std::string VerifierKey::NameAndId() const { return absl::StrCat(name_, "+", IdText(id_)); }

bool VerifierKey::IsNamedBy(const NoteSignature& signature) const {
  return signature.name == name_ && signature.key_id == id_;
}

bool VerifierKey::Verifies(absl::string_view note_text, absl::string_view signature) const {
  if (type_ == KeyType::kLog) return Ed25519Verifies(key_, note_text, signature);
  const std::optional<uint64_t> seconds = SecondsIn(signature);
  if (!seconds || *seconds >> 63 != 0) return false;
  return Ed25519Verifies(key_, Witnessed(note_text, *seconds), signature.substr(kTimeBytes));
}

absl::StatusOr<std::vector<VerifierKey>> ParseVerifierKeys(absl::string_view lines) {
  std::vector<VerifierKey> keys;
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    ++number;
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || absl::StartsWith(text, "#")) continue;
    absl::StatusOr<VerifierKey> key = VerifierKey::Parse(text);
    if (!key.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", key.status().message()));
    }
    keys.push_back(*std::move(key));
  }
  return keys;
}

SigningKey::SigningKey(std::string name, KeyType type, const Ed25519Seed& seed)
    : seed_(seed), verifier_(std::move(name), type, Ed25519PublicKeyOf(seed)) {}

absl::StatusOr<SigningKey> SigningKey::Parse(absl::string_view text) {
  const bool is_private = absl::StartsWith(text, kPrivate);
  const std::optional<KeyText> read =
      is_private ? ReadKey(text.substr(kPrivate.size())) : std::nullopt;
  if (!read) {
    return absl::InvalidArgumentError("a signing key is PRIVATE+KEY+name+id+base64, for Ed25519");
  }
  SigningKey key(read->name, read->type, read->bytes);
  if (IdText(key.verifier().id()) != read->id) {
    return absl::InvalidArgumentError("the signing key's id does not belong to it");
  }
  return key;
}

std::string SigningKey::ToString() const {
  return absl::StrCat(kPrivate, verifier_.name(), "+", IdText(verifier_.id()), "+",
                      Encoded(verifier_.type(), seed_));
}

NoteSignature SigningKey::Sign(absl::string_view note_text, absl::Time now) const {
  NoteSignature signature{.name = verifier_.name(), .key_id = verifier_.id(), .bytes = {}};
  if (verifier_.type() == KeyType::kLog) {
    signature.bytes = Ed25519Sign(seed_, note_text);
    return signature;
  }
  const auto seconds = static_cast<uint64_t>(std::max<int64_t>(0, absl::ToUnixSeconds(now)));
  for (size_t i = kTimeBytes; i-- > 0;) {
    signature.bytes.push_back(static_cast<char>(seconds >> (8 * i) & 0xFF));
  }
  signature.bytes += Ed25519Sign(seed_, Witnessed(note_text, seconds));
  return signature;
}

}  // namespace daybook::ledger
