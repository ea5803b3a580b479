#include "storage/new_event.h"

#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "ledger/hash.h"

namespace daybook::storage {

std::optional<RequestKey> RequestKeyOf(absl::string_view producer, absl::string_view request_id) {
  if (request_id.empty()) return std::nullopt;
  // No producer holds a NUL, so no two pairs make the same text.
  const ledger::Hash digest =
      ledger::Sha256(absl::StrCat(producer, absl::string_view("\0", 1), request_id));
  RequestKey key;
  std::memcpy(&key, digest.data(), sizeof(key));
  return key;
}

namespace {

// What an event takes, give or take little: to ask protobuf costs as much as to
// hash it.
size_t MemoryOf(const audit::v1::Event& event) {
  constexpr size_t kTexts = 14;
  return sizeof(NewEvent) + sizeof(event) + kTexts * sizeof(std::string) + event.ByteSizeLong();
}

}  // namespace

NewEvent::NewEvent(event::CheckedEvent checked, const ledger::Salt& salt)
    : checked_(std::move(checked)),
      leaf_(checked_.event(), salt),
      request_key_(RequestKeyOf(checked_.event().producer(), checked_.event().request_id())),
      size_in_bytes_(MemoryOf(checked_.event())) {
  if (ledger::NeedsSalt(checked_.event())) salt_ = salt;
}

}  // namespace daybook::storage
