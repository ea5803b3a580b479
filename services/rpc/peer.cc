#include "rpc/peer.h"

#include <array>

#include <arpa/inet.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace daybook::rpc {
namespace {

bool IsLoopback4(const in_addr& address) {
  constexpr uint32_t kLoopbackNetwork = 127;
  return ntohl(address.s_addr) >> 24 == kLoopbackNetwork;
}

bool IsLoopback6(const in6_addr& address) {
  if (IN6_IS_ADDR_LOOPBACK(&address)) return true;
  constexpr size_t kMappedPrefix = 12;
  constexpr uint8_t kLoopbackByte = 127;
  return IN6_IS_ADDR_V4MAPPED(&address) && address.s6_addr[kMappedPrefix] == kLoopbackByte;
}

// The host of "host:port", and of "[host]:port", whose brackets gRPC may have
// escaped.
std::string HostIn(absl::string_view address) {
  return absl::StrReplaceAll(
      address.substr(0, address.rfind(':')),
      {{"%5B", ""}, {"%5D", ""}, {"%5b", ""}, {"%5d", ""}, {"[", ""}, {"]", ""}});
}

}  // namespace

bool IsLocalPeer(const std::string& peer) {
  absl::string_view address(peer);
  if (absl::StartsWith(address, "unix:") || absl::StartsWith(address, "unix-abstract:")) {
    return true;
  }
  if (absl::ConsumePrefix(&address, "ipv4:")) {
    in_addr ip{};
    return inet_pton(AF_INET, HostIn(address).c_str(), &ip) == 1 && IsLoopback4(ip);
  }
  if (absl::ConsumePrefix(&address, "ipv6:")) {
    in6_addr ip{};
    return inet_pton(AF_INET6, HostIn(address).c_str(), &ip) == 1 && IsLoopback6(ip);
  }
  return false;
}

}  // namespace daybook::rpc
