#include "storage/new_event.h"

#include <array>
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

constexpr std::array<const std::string& (audit::v1::Event::*)() const, 15> kTexts = {
    &audit::v1::Event::action,         &audit::v1::Event::reason,
    &audit::v1::Event::telegram_id,    &audit::v1::Event::actor,
    &audit::v1::Event::resource_type,  &audit::v1::Event::resource_id,
    &audit::v1::Event::details,        &audit::v1::Event::ip_address,
    &audit::v1::Event::user_agent,     &audit::v1::Event::tenant,
    &audit::v1::Event::producer,       &audit::v1::Event::trace_id,
    &audit::v1::Event::correlation_id, &audit::v1::Event::request_id,
    &audit::v1::Event::public_details};

// What an event takes, give or take little; a text that a sender first set to a
// longer one keeps the room of that. To ask protobuf costs as much as to hash it.
size_t MemoryOf(const audit::v1::Event& event) {
  size_t bytes = sizeof(NewEvent) + sizeof(event);
  for (const auto text : kTexts) bytes += sizeof(std::string) + (event.*text)().capacity();
  return bytes;
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
