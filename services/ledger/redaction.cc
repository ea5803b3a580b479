#include "ledger/redaction.h"

#include <algorithm>
#include <cstdint>

namespace daybook::ledger {
namespace {

constexpr size_t kEntryBytes = 2 + sizeof(Hash);
constexpr uint8_t kKept = 1;
constexpr uint8_t kErased = 2;

absl::Status BadRedactionError(absl::string_view why) { return absl::InvalidArgumentError(why); }

}  // namespace

absl::StatusOr<Redaction> ParseRedaction(absl::string_view bytes) {
  if (bytes.empty() || bytes.size() % kEntryBytes != 0)
    return BadRedactionError("of no length that a redaction has");
  Redaction redaction;
  uint8_t last_group = 0;
  bool has_erased = false;
  for (; !bytes.empty(); bytes.remove_prefix(kEntryBytes)) {
    const auto group = static_cast<uint8_t>(bytes[0]);
    const auto kind = static_cast<uint8_t>(bytes[1]);
    if (group <= last_group || group > kGroups.size())
      return BadRedactionError("its groups do not ascend");
    last_group = group;
    Hash hash;
    std::copy_n(bytes.begin() + 2, hash.size(), hash.begin());
    if (kind == kKept) {
      redaction.kept_salts[group - 1U] = hash;
    } else if (kind == kErased) {
      redaction.erased.Set(static_cast<Group>(group), hash);
      has_erased = true;
    } else {
      return BadRedactionError("an entry of no kind that there is");
    }
  }
  if (!has_erased) return BadRedactionError("nothing is erased");
  return redaction;
}

}  // namespace daybook::ledger
