#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "ledger/note_key.h"

namespace daybook::witness {

// The logs that a witness looks after: their keys, by origin.
//
// Immutable.
class KnownLogs {
 public:
  // From verifier keys, one a line; empty lines, and those that begin with '#', are
  // passed over. A log may have several keys. INVALID_ARGUMENT where a line is no key
  // of a log.
  static absl::StatusOr<KnownLogs> Parse(absl::string_view lines);

  // Empty where the log is not known.
  std::span<const ledger::VerifierKey> KeysOf(const std::string& origin) const;

  // In order.
  std::vector<std::string> Origins() const;

  bool empty() const { return keys_.empty(); }

 private:
  absl::flat_hash_map<std::string, std::vector<ledger::VerifierKey>> keys_;
};

}  // namespace daybook::witness
