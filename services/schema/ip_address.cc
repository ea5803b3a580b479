#include "schema/ip_address.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace daybook::schema {
namespace {

// True for the commonest addresses, which need no work: IPv4 as inet_ntop
// prints it, four decimal numbers without a leading zero.
bool IsCanonicalIpv4(absl::string_view text) {
  int numbers = 0;
  while (true) {
    size_t digits = 0;
    int value = 0;
    for (; digits < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[digits]));
         ++digits) {
      value = value * 10 + (text[digits] - '0');
      if (digits == 3) return false;
    }
    if (digits == 0 || value > 255 || (digits > 1 && text.front() == '0')) return false;
    text.remove_prefix(digits);
    ++numbers;
    if (text.empty()) return numbers == 4;
    if (numbers == 4 || text.front() != '.') return false;
    text.remove_prefix(1);
  }
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
