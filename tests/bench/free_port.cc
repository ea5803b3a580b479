#include "bench/free_port.h"

#include <unistd.h>

#include <netinet/in.h>
#include <sys/socket.h>

namespace daybook::bench {

int FreePort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  const bool found =
      bind(listener, generic, length) == 0 && getsockname(listener, generic, &length) == 0;
  close(listener);
  return found ? ntohs(address.sin_port) : 0;
}

}  // namespace daybook::bench
