#include "verify/key_chain.h"

#include <algorithm>
#include <optional>

namespace daybook::verify {

using ::daybook::ledger::VerifierKey;

KeyChain::KeyChain(std::span<const VerifierKey> given) {
  for (const VerifierKey& key : given) Trust(key);
}

void KeyChain::Trust(const VerifierKey& key) {
  if (!Has(key.ToString())) keys_.push_back({.key = key});
}

bool KeyChain::Has(const std::string& verifier) const {
  return std::any_of(keys_.begin(), keys_.end(),
                     [&](const Key& each) { return each.key.ToString() == verifier; });
}

KeyChain KeyChain::Follow(std::span<const VerifierKey> given, std::span<const KeyEvent> events,
                          std::vector<ClaimedHead> heads) {
  KeyChain chain(given);
  if (given.empty() || events.empty()) return chain;
  std::sort(heads.begin(), heads.end(),
            [](const ClaimedHead& a, const ClaimedHead& b) { return a.size > b.size; });
  size_t covered = 0;
  while (true) {
    const auto newest = std::find_if(heads.begin(), heads.end(), [&](const ClaimedHead& head) {
      const auto opened = chain.Open(head);
      return opened.ok() && opened->head.size.value() == head.size;
    });
    if (newest == heads.end()) return chain;
    const auto behind =
        std::partition_point(events.begin(), events.end(),
                             [&](const KeyEvent& event) { return event.seq < newest->size; });
    const auto count = static_cast<size_t>(behind - events.begin());
    if (count <= covered) return chain;
    covered = count;
    chain.Learn(events.first(covered));
  }
}

// What a log says of its keys it says of all of them: one that it does not name never
// signs for it.
void KeyChain::Learn(std::span<const KeyEvent> events) {
  std::optional<VerifierKey> first;
  for (const KeyEvent& event : events) {
    if (!event.change) continue;
    if (!first) first = event.change->signed_by;
    Trust(event.change->key);
    Trust(event.change->signed_by);
  }
  for (Key& each : keys_) {
    const bool is_first = first && first->ToString() == each.key.ToString();
    each.from = is_first ? 0 : std::numeric_limits<uint64_t>::max();
    each.until = std::numeric_limits<uint64_t>::max();
    Limit(each, events);
  }
}

// From the event that adds it on, until the one that retires it.
void KeyChain::Limit(Key& key, std::span<const KeyEvent> events) {
  const std::string text = key.key.ToString();
  for (const KeyEvent& event : events) {
    if (!event.change || event.change->key.ToString() != text) continue;
    if (event.adds) {
      key.from = event.seq + 1;
    } else {
      key.until = event.seq;
    }
  }
}

absl::StatusOr<ledger::Checkpoint> KeyChain::Open(const ClaimedHead& head) const {
  std::vector<VerifierKey> keys;
  keys.reserve(keys_.size());
  for (const Key& each : keys_) {
    if (each.from <= head.size && head.size <= each.until) keys.push_back(each.key);
  }
  if (keys.empty() && Checks()) {
    return absl::UnauthenticatedError("no key may have signed a checkpoint of its size");
  }
  return ledger::OpenCheckpoint(head.note, keys);
}

}  // namespace daybook::verify
