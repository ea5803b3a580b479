#include "ledger/salt.h"

#include <cerrno>
#include <cstdlib>
#include <span>

#include <sys/random.h>

namespace daybook::ledger {
namespace {

void Fill(std::span<uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    // Only a signal can interrupt it; anything else means there is no
    // generator, and without one nothing may be recorded.
    if (got < 0 && errno != EINTR) std::abort();
    if (got > 0) bytes = bytes.subspan(static_cast<size_t>(got));
  }
}

}  // namespace

std::vector<Salt> DrawSalts(size_t count) {
  std::vector<Salt> salts(count);
  if (count > 0) Fill(std::span(salts.front().data(), count * sizeof(Salt)));
  return salts;
}

Salt DrawSalt() {
  Salt salt;
  Fill(salt);
  return salt;
}

}  // namespace daybook::ledger
