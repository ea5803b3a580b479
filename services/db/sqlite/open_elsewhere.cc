#include "db/sqlite/open_elsewhere.h"

#include <fcntl.h>

#include <cerrno>
#include <csignal>

#include "db/sqlite/descriptor.h"

namespace daybook::db::sqlite {

// A lease on writing is given to whom alone has the file open. It is handed back
// at once; who opens the file meanwhile waits so long, and the signal that tells
// of them is one that nobody minds.
std::optional<bool> IsOpen(const std::string& path) {
  const Descriptor file(open(path.c_str(), O_RDWR | O_CLOEXEC));
  if (file.number() < 0) return std::nullopt;
  if (fcntl(file.number(), F_SETSIG, SIGURG) != 0) return std::nullopt;
  if (fcntl(file.number(), F_SETLEASE, F_WRLCK) == 0) {
    fcntl(file.number(), F_SETLEASE, F_UNLCK);
    return false;
  }
  if (errno == EAGAIN) return true;
  return std::nullopt;
}

}  // namespace daybook::db::sqlite
