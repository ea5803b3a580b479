#pragma once

#include <string>

namespace daybook::rpc {

// Whether a peer, as gRPC names it ("ipv4:127.0.0.1:50412"), is on this machine:
// it came over a loopback address or a Unix socket.
bool IsLocalPeer(const std::string& peer);

}  // namespace daybook::rpc
