#include "query/page_token.h"

#include <cstdint>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "core/errors.h"
#include "ledger/hash.h"

namespace daybook::query {
namespace {

constexpr absl::Duration kValidity = absl::Hours(24);

// A token is base64url of: version, four big-endian 64-bit numbers (expiry in
// seconds, size of the snapshot, last seq examined, microseconds of the first page),
// SHA-256 of the query, HMAC-SHA-256 of all that.
constexpr char kVersion = 2;
constexpr size_t kNumberBytes = 8;
constexpr size_t kQueryAt = 1 + 4 * kNumberBytes;
constexpr size_t kPayloadBytes = kQueryAt + sizeof(ledger::Hash);
constexpr size_t kTokenBytes = kPayloadBytes + sizeof(ledger::Hash);

void AppendNumber(uint64_t number, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(number >> shift));
}

uint64_t NumberAt(absl::string_view bytes, size_t index) {
  uint64_t number = 0;
  for (const char c : bytes.substr(1 + index * kNumberBytes, kNumberBytes)) {
    number = (number << 8) | static_cast<unsigned char>(c);
  }
  return number;
}

absl::Status TokenError(Reason reason, absl::string_view description) {
  return InvalidFieldError(
      {.reason = reason, .field = "page_token", .description = std::string(description)});
}

}  // namespace

std::string PageTokens::Sign(absl::string_view payload) const {
  return std::string(ledger::AsBytes(ledger::HmacSha256(key_, payload)));
}

std::string PageTokens::Make(const PagePosition& position, absl::string_view query,
                             absl::Time now) const {
  std::string token(1, kVersion);
  AppendNumber(static_cast<uint64_t>(absl::ToUnixSeconds(now + kValidity)), token);
  AppendNumber(position.as_of.value(), token);
  AppendNumber(position.last_examined.value(), token);
  AppendNumber(static_cast<uint64_t>(position.asked_at), token);
  absl::StrAppend(&token, ledger::AsBytes(ledger::Sha256(query)));
  absl::StrAppend(&token, Sign(token));
  return absl::WebSafeBase64Escape(token);
}

absl::StatusOr<PagePosition> PageTokens::Open(absl::string_view token, absl::string_view query,
                                              absl::Time now) const {
  std::string bytes;
  // Escaping again refuses the other spellings that base64 has for one token.
  if (!absl::WebSafeBase64Unescape(token, &bytes) || bytes.size() != kTokenBytes ||
      absl::WebSafeBase64Escape(bytes) != token || bytes.front() != kVersion) {
    return TokenError(Reason::kPageTokenInvalid, "is not a page token of this service");
  }
  const absl::string_view payload = absl::string_view(bytes).substr(0, kPayloadBytes);
  if (!ledger::EqualInConstantTime(absl::string_view(bytes).substr(kPayloadBytes), Sign(payload))) {
    return TokenError(Reason::kPageTokenInvalid, "is not a page token of this service");
  }
  if (static_cast<uint64_t>(absl::ToUnixSeconds(now)) > NumberAt(payload, 0)) {
    return TokenError(Reason::kPageTokenInvalid, "has expired; begin the query again");
  }
  const ledger::Hash expected = ledger::Sha256(query);
  if (payload.substr(kQueryAt) != ledger::AsBytes(expected)) {
    return TokenError(Reason::kPageTokenMismatch,
                      "belongs to a query with another filter, order_by, as_of_size or caller");
  }
  return PagePosition{.as_of = LogSize(NumberAt(payload, 1)),
                      .last_examined = Seq(NumberAt(payload, 2)),
                      .asked_at = static_cast<Micros>(NumberAt(payload, 3))};
}

}  // namespace daybook::query
