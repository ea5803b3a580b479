#include "ledger/tree.h"

#include <algorithm>
#include <array>

#include "absl/strings/string_view.h"

namespace daybook::ledger {
namespace {

constexpr char kNodePrefix = '\x01';

}  // namespace

Hash NodeHash(const Hash& left, const Hash& right) {
  std::array<char, 1 + 2 * sizeof(Hash)> message;
  message[0] = kNodePrefix;
  std::copy(right.begin(), right.end(),
            std::copy(left.begin(), left.end(), std::next(message.begin())));
  return Sha256(absl::string_view(message.data(), message.size()));
}

}  // namespace daybook::ledger
