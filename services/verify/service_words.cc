#include "verify/service_words.h"

#include <optional>
#include <string>
#include <utility>

#include "storage/erasure.h"
#include "storage/manifest.h"
#include "storage/retention_store.h"

namespace daybook::verify {

void TakeServiceWord(uint64_t seq, absl::string_view action, absl::string_view public_details,
                     absl::string_view details, UnitResult& result) {
  if (action == storage::kErasedAction) {
    result.declarations.push_back(
        ParseDeclaration(seq, std::string(public_details), std::string(details)));
  }
  if (action == storage::kSealedAction) {
    result.manifests.push_back({.seq = seq, .text = std::string(public_details)});
  }
  if (action == storage::kPrunedAction) {
    result.prunings.push_back(ParsePruning(seq, public_details));
  }
  std::optional<KeyEvent> key_event = KeyEventOf(action, public_details, seq);
  if (key_event) result.key_events.push_back(*std::move(key_event));
}

}  // namespace daybook::verify
