#include "query/page_token.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "ledger/hash.h"

namespace daybook::query {
namespace {

constexpr absl::Duration kValidity = absl::Hours(24);

// A token is base64url of: version, expiry in seconds as a big-endian 64-bit number,
// SHA-256 of the query, the position, HMAC-SHA-256 of all that.
constexpr char kVersion = 3;
constexpr size_t kExpiryAt = 1;
constexpr size_t kQueryAt = kExpiryAt + sizeof(uint64_t);
constexpr size_t kPositionAt = kQueryAt + sizeof(ledger::Hash);

void AppendNumber(uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

uint64_t ExpiryIn(absl::string_view payload) {
  uint64_t number = 0;
  for (const char c : payload.substr(kExpiryAt, sizeof(uint64_t))) {
    number = (number << 8) | static_cast<unsigned char>(c);
  }
  return number;
}

absl::Status TokenError(Reason reason, absl::string_view description) {
  return InvalidFieldError(
      {.reason = reason, .field = "page_token", .description = std::string(description)});
}

absl::Status NoTokenError() {
  return TokenError(Reason::kPageTokenInvalid, "is not a page token of this service");
}

}  // namespace

std::string PageTokens::Sign(absl::string_view payload) const {
  return std::string(ledger::AsBytes(ledger::HmacSha256(key_, payload)));
}

std::string PageTokens::Make(const v1::PagePosition& position, absl::string_view query,
                             absl::Time now) const {
  std::string token(1, kVersion);
  AppendNumber(static_cast<uint64_t>(absl::ToUnixSeconds(now + kValidity)), token);
  absl::StrAppend(&token, ledger::AsBytes(ledger::Sha256(query)), position.SerializeAsString());
  absl::StrAppend(&token, Sign(token));
  return absl::WebSafeBase64Escape(token);
}

absl::StatusOr<v1::PagePosition> PageTokens::Open(absl::string_view token, absl::string_view query,
                                                  absl::Time now) const {
  std::string bytes;
  // Escaping again refuses the other spellings that base64 has for one token.
  if (!absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() < kPositionAt + sizeof(ledger::Hash) ||
      absl::WebSafeBase64Escape(bytes) != token || bytes.front() != kVersion) {
    return NoTokenError();
  }
  absl::string_view payload = bytes;
  payload.remove_suffix(sizeof(ledger::Hash));
  if (!ledger::EqualInConstantTime(absl::string_view(bytes).substr(payload.size()),
                                   Sign(payload))) {
    return NoTokenError();
  }
  if (static_cast<uint64_t>(absl::ToUnixSeconds(now)) > ExpiryIn(payload)) {
    return TokenError(Reason::kPageTokenInvalid, "has expired; begin the query again");
  }
  const ledger::Hash expected = ledger::Sha256(query);
  if (payload.substr(kQueryAt, expected.size()) != ledger::AsBytes(expected)) {
    return TokenError(Reason::kPageTokenMismatch,
                      "belongs to a query with another filter, order_by, as_of_size or caller");
  }
  const absl::string_view stored = payload.substr(kPositionAt);
  v1::PagePosition position;
  if (!position.ParseFromArray(stored.data(), static_cast<int>(stored.size()))) {
    return NoTokenError();
  }
  return position;
}

}  // namespace daybook::query
