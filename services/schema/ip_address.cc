#include "schema/ip_address.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>

#include "absl/strings/match.h"

namespace daybook::schema {
namespace {

std::string Print(int family, const void* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return inet_ntop(family, address, text.data(), text.size());
}

}  // namespace

std::optional<std::string> CanonicalIpAddress(const std::string& text) {
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
