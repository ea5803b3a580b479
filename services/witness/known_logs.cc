#include "witness/known_logs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace daybook::witness {

absl::StatusOr<KnownLogs> KnownLogs::Parse(absl::string_view lines) {
  KnownLogs logs;
  size_t number = 0;
  for (const absl::string_view line : absl::StrSplit(lines, '\n')) {
    ++number;
    const absl::string_view text = absl::StripAsciiWhitespace(line);
    if (text.empty() || absl::StartsWith(text, "#")) continue;
    absl::StatusOr<ledger::VerifierKey> key = ledger::VerifierKey::Parse(text);
    if (!key.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": ", key.status().message()));
    }
    if (key->type() != ledger::KeyType::kLog) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", number, ": this is the key of a witness, and not of a log"));
    }
    const std::string origin = key->name();
    logs.keys_[origin].push_back(*std::move(key));
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
