#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "ledger/checkpoint.h"
#include "ledger/note_key.h"
#include "verify/key_events.h"

namespace daybook::verify {

// A checkpoint as it was signed, of which nobody has said yet whether that holds.
struct ClaimedHead {
  uint64_t size = 0;
  std::string note = {};
};

// Which keys may sign the checkpoints of a log: those that a verifier was given, and
// those that the log names in events that a checkpoint with such a key covers. Which
// of a log's keys one was given does not matter.
//
// It takes the events as they are read; only a log of which all is verified has shown
// that they are what was signed.
//
// Immutable.
class KeyChain {
 public:
  KeyChain() = default;  // follows no key: no signature is looked at

  // `events` in order.
  static KeyChain Follow(std::span<const ledger::VerifierKey> given,
                         std::span<const KeyEvent> events, std::vector<ClaimedHead> heads);

  // As ledger::OpenCheckpoint; the key must be one that the log signs with at `size`.
  absl::StatusOr<ledger::Checkpoint> Open(const ClaimedHead& head) const;

  // Whether signatures are looked at, and with a key of this text too.
  bool Checks() const { return !keys_.empty(); }
  bool Has(const std::string& verifier) const;

 private:
  struct Key {
    ledger::VerifierKey key;
    // The sizes of the checkpoints that it may sign, both inclusive.
    uint64_t from = 0;
    uint64_t until = std::numeric_limits<uint64_t>::max();
  };

  explicit KeyChain(std::span<const ledger::VerifierKey> given);
  void Trust(const ledger::VerifierKey& key);
  void Learn(std::span<const KeyEvent> events);
  static void Limit(Key& key, std::span<const KeyEvent> events);

  std::vector<Key> keys_;
};

}  // namespace daybook::verify
