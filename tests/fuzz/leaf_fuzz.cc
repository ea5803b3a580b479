#include <cstdlib>

#include "core/timestamp.h"
#include "fuzz_target.h"
#include "ledger/leaf_parser.h"

// What is read as a leaf, or as a group of one, is written again as it was.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace ledger = ::daybook::ledger;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto leaf = ledger::ParseLeaf(bytes); leaf.ok()) {
    const ledger::LeafDraft again(leaf->event, leaf->commitments);
    if (again.Bytes(daybook::MicrosOf(leaf->event.created_at())) != bytes) std::abort();
  }
  for (const ledger::Group group : ledger::kGroups) {
    daybook::audit::v1::Event event;
    if (!ledger::ParseGroup(group, bytes, event).ok()) continue;
    if (ledger::EncodeGroup(group, event) != bytes) std::abort();
  }
  return 0;
}
