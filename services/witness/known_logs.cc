#include "witness/known_logs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "core/status_macros.h"

namespace daybook::witness {

absl::StatusOr<KnownLogs> KnownLogs::Parse(absl::string_view lines) {
  DAYBOOK_ASSIGN_OR_RETURN(std::vector<ledger::VerifierKey> keys, ledger::ParseVerifierKeys(lines));
  KnownLogs logs;
  for (ledger::VerifierKey& key : keys) {
    if (key.type() != ledger::KeyType::kLog) {
      return absl::InvalidArgumentError(
          absl::StrCat(key.ToString(), " is the key of a witness, and not of a log"));
    }
    const std::string origin = key.name();
    logs.keys_[origin].push_back(std::move(key));
  }
  return logs;
}

std::span<const ledger::VerifierKey> KnownLogs::KeysOf(const std::string& origin) const {
  const auto found = keys_.find(origin);
  if (found == keys_.end()) return {};
  return found->second;
}

std::vector<std::string> KnownLogs::Origins() const {
  std::vector<std::string> origins;
  origins.reserve(keys_.size());
  for (const auto& [origin, unused] : keys_) origins.push_back(origin);
  std::sort(origins.begin(), origins.end());
  return origins;
}

}  // namespace daybook::witness
