#pragma once

#include <optional>
#include <string>

namespace daybook::schema {

// `text` as inet_ntop prints the address it is, an IPv4-mapped IPv6 address as
// IPv4; nothing where it is no IPv4 or IPv6 address, or names a zone.
std::optional<std::string> CanonicalIpAddress(const std::string& text);

}  // namespace daybook::schema
