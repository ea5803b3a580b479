#include "daybook/standard_output.h"

#include <poll.h>
#include <unistd.h>

namespace daybook::cli {

// poll() tells of both without being asked to; of files and devices it never does.
bool IsStdoutUnread() {
  pollfd stdout_end{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return poll(&stdout_end, 1, 0) > 0 && (stdout_end.revents & (POLLERR | POLLHUP)) != 0;
}

}  // namespace daybook::cli
