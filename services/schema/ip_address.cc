#include "schema/ip_address.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace daybook::schema {
namespace {

// How long the number is that `text` begins with, where it is 0 to 255 without
// a leading zero; else 0.
size_t OctetLength(absl::string_view text) {
  int value = 0;
  size_t length = 0;
  while (length < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[length]))) {
    value = value * 10 + (text[length] - '0');
    if (++length > 3) return 0;
  }
  const bool has_leading_zero = length > 1 && text.front() == '0';
  return value > 255 || has_leading_zero ? 0 : length;
}

// True for the commonest addresses, which need no work: IPv4 as inet_ntop
// prints it.
bool IsCanonicalIpv4(absl::string_view text) {
  constexpr int kOctets = 4;
  for (int i = 0; i < kOctets; ++i) {
    if (i > 0 && !absl::ConsumePrefix(&text, ".")) return false;
    const size_t length = OctetLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return text.empty();
}

std::string Print(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size());
}

}  // namespace

std::optional<std::string> CanonicalIpAddress(const std::string& text) {
  if (IsCanonicalIpv4(text)) return text;
  // inet_pton stops at a NUL; text behind one is not part of an address.
  if (absl::StrContains(text, '\0')) return std::nullopt;
  in_addr v4{};
  if (inet_pton(AF_INET, text.c_str(), &v4) == 1) return Print(AF_INET, &v4);
  in6_addr v6{};
  if (inet_pton(AF_INET6, text.c_str(), &v6) != 1) return std::nullopt;
  if (!IN6_IS_ADDR_V4MAPPED(&v6)) return Print(AF_INET6, &v6);
  std::memcpy(&v4, &v6.s6_addr[12], sizeof(v4));
  return Print(AF_INET, &v4);
}

}  // namespace daybook::schema
