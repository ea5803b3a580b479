#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "ledger/ed25519.h"

namespace daybook::ledger {

// Keys that sign notes, with Ed25519, as C2SP has them.

// What a key signs: as a log, the text of a note; as a witness, also when it saw
// that text.
enum class KeyType : uint8_t { kLog = 0x01, kWitness = 0x04 };

// A name that a key may have: not empty, UTF-8 without spaces and plus.
bool IsKeyName(absl::string_view name);

struct NoteSignature {
  std::string name;     // of the key
  uint32_t key_id = 0;  // of the key
  std::string bytes;

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

// When a witness says that it made its signature, in seconds since 1970; nothing
// where the signature is too short to say it. Nobody has verified it yet.
std::optional<uint64_t> CosignedAt(const NoteSignature& signature);

// The public half of a key.
//
// Immutable.
class VerifierKey {
 public:
  // `name` is one that a key may have.
  VerifierKey(std::string name, KeyType type, const Ed25519PublicKey& key);

  // INVALID_ARGUMENT where it is no key, or one of another kind.
  static absl::StatusOr<VerifierKey> Parse(absl::string_view text);

  // "name+id+base64", as it is given to those who verify.
  std::string ToString() const;
  // "name+id", which tells it from others of that name.
  std::string NameAndId() const;

  const std::string& name() const { return name_; }
  KeyType type() const { return type_; }
  uint32_t id() const { return id_; }

  // Whether a signature says to be from this key.
  bool IsNamedBy(const NoteSignature& signature) const;
  // Whether it is one over a note's text.
  bool Verifies(absl::string_view note_text, absl::string_view signature) const;

 private:
  std::string name_;
  KeyType type_;
  Ed25519PublicKey key_;
  uint32_t id_;
};

// A key a line; empty lines, and those that begin with #, are passed over.
// INVALID_ARGUMENT, with the line, where one is none.
absl::StatusOr<std::vector<VerifierKey>> ParseVerifierKeys(absl::string_view lines);

// Both halves.
//
// Immutable.
class SigningKey {
 public:
  // `name` is one that a key may have; the seed is random, and as secret as the
  // key.
  SigningKey(std::string name, KeyType type, const Ed25519Seed& seed);

  // INVALID_ARGUMENT where it is no key, or one of another kind. The message does
  // not repeat it.
  static absl::StatusOr<SigningKey> Parse(absl::string_view text);

  // "PRIVATE+KEY+name+id+base64".
  std::string ToString() const;

  const VerifierKey& verifier() const { return verifier_; }

  // Signs a note's text; a witness says that it saw it at `now`, to the second.
  NoteSignature Sign(absl::string_view note_text, absl::Time now) const;

 private:
  Ed25519Seed seed_;
  VerifierKey verifier_;
};

}  // namespace daybook::ledger
