#include "ledger/entry_bundle.h"

#include <cstdint>

namespace daybook::ledger {
namespace {

constexpr size_t kLengthBytes = 2;

}  // namespace

void AppendEntry(absl::string_view entry, std::string& bundle) {
  bundle.push_back(static_cast<char>(entry.size() >> 8 & 0xFF));
  bundle.push_back(static_cast<char>(entry.size() & 0xFF));
  bundle.append(entry.data(), entry.size());
}

std::optional<std::vector<absl::string_view>> ParseEntryBundle(absl::string_view bundle) {
  std::vector<absl::string_view> entries;
  while (!bundle.empty()) {
    if (bundle.size() < kLengthBytes) return std::nullopt;
    const auto high = static_cast<uint8_t>(bundle[0]);
    const auto low = static_cast<uint8_t>(bundle[1]);
    const size_t length = size_t{high} << 8 | low;
    bundle.remove_prefix(kLengthBytes);
    if (bundle.size() < length) return std::nullopt;
    entries.push_back(bundle.substr(0, length));
    bundle.remove_prefix(length);
  }
  return entries;
}

}  // namespace daybook::ledger
