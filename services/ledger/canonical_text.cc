#include "ledger/canonical_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"

namespace daybook::ledger {

std::optional<uint64_t> ParseDecimal(absl::string_view text) {
  const bool is_digits = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isdigit(static_cast<unsigned char>(c));
  });
  if (!is_digits || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  uint64_t number = 0;
  if (!absl::SimpleAtoi(text, &number)) return std::nullopt;
  return number;
}

std::string ToBase64(absl::string_view bytes) { return absl::Base64Escape(bytes); }

// The decoder takes more than the standard allows, so that what it says is
// written again.
std::optional<std::string> FromBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes) || ToBase64(bytes) != text) return std::nullopt;
  return bytes;
}

std::string ToBase64(const Hash& hash) { return ToBase64(AsBytes(hash)); }

std::optional<Hash> HashFromBase64(absl::string_view text) {
  const std::optional<std::string> bytes = FromBase64(text);
  Hash hash;
  if (!bytes || bytes->size() != hash.size()) return std::nullopt;
  std::copy(bytes->begin(), bytes->end(), hash.begin());
  return hash;
}

}  // namespace daybook::ledger
