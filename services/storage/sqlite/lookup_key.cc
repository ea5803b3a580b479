#include "storage/sqlite/lookup_key.h"

#include <cstring>
#include <string>
#include <variant>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

constexpr std::array<int, kLookupKeys> kFields = {
    Event::kTelegramIdFieldNumber, Event::kUserIdFieldNumber, Event::kActorFieldNumber,
    Event::kResourceIdFieldNumber};

constexpr uint64_t kFirstFactor = 0xa0761d6478bd642f;  // odd, with as many ones as zeros
constexpr uint64_t kSecondFactor = 0xe7037ed1a0b428db;

uint64_t Fold(uint64_t a, uint64_t b) {
  const absl::uint128 product = absl::uint128(a) * b;
  return absl::Uint128High64(product) ^ absl::Uint128Low64(product);
}

KeyDigest Digest(int field, absl::string_view bytes) {
  uint64_t state = Fold(static_cast<uint64_t>(field) ^ kFirstFactor, bytes.size() ^ kSecondFactor);
  while (!bytes.empty()) {
    const absl::string_view word = bytes.substr(0, sizeof(uint64_t));
    uint64_t number = 0;
    std::memcpy(&number, word.data(), word.size());
    state = Fold(state ^ number, kSecondFactor);
    bytes.remove_prefix(word.size());
  }
  const auto digest = static_cast<KeyDigest>(Fold(state, kFirstFactor) >> 32);
  return digest == 0 ? 1 : digest;
}

KeyDigest Digest(int field, int64_t number) {
  return Digest(field, absl::string_view(reinterpret_cast<const char*>(&number), sizeof(number)));
}

KeyDigest DigestOfText(int field, absl::string_view text) {
  return text.empty() ? 0 : Digest(field, text);
}

}  // namespace

std::array<KeyDigest, kLookupKeys> DigestsOf(const LookupValues& values) {
  return {DigestOfText(kFields[0], values.telegram_id),
          values.user_id ? Digest(kFields[1], *values.user_id) : 0,
          DigestOfText(kFields[2], values.actor), DigestOfText(kFields[3], values.resource_id)};
}

std::array<KeyDigest, kLookupKeys> DigestsOf(const Event& event) {
  LookupValues values{.telegram_id = event.telegram_id(),
                      .actor = event.actor(),
                      .resource_id = event.resource_id()};
  if (event.has_user_id()) values.user_id = event.user_id();
  return DigestsOf(values);
}

std::vector<KeyTerm> KeyTermsOf(const query::Filter& filter) {
  std::vector<KeyTerm> terms;
  for (const query::Term& term : filter.required()) {
    for (size_t key = 0; key < kFields.size(); ++key) {
      if (term.field->number != kFields[key] || !query::IsFixed(term)) continue;
      const auto* const number = std::get_if<int64_t>(&term.value);
      const KeyDigest digest = number != nullptr
                                   ? Digest(kFields[key], *number)
                                   : Digest(kFields[key], std::get<std::string>(term.value));
      terms.push_back({.key = key, .digest = digest});
    }
  }
  return terms;
}

}  // namespace daybook::storage::sqlite
