#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"

#include "daybook/audit/v1/event.pb.h"
#include "query/filter.h"

namespace daybook::storage::sqlite {

// What people look events up by, and so what is worth an index: a person by any
// of three names, and a resource.
inline constexpr size_t kLookupKeys = 4;

// A hash of one lookup key of one event; 0 where the event has none. The same
// in every process: files hold what follows from it. Different values may share
// a digest, so whoever finds an event by it looks at the event itself.
using KeyDigest = uint32_t;

// The values of an event that they are digests of; text is empty where it has none.
struct LookupValues {
  absl::string_view telegram_id = {};
  std::optional<int64_t> user_id = {};
  absl::string_view actor = {};
  absl::string_view resource_id = {};
};
std::array<KeyDigest, kLookupKeys> DigestsOf(const LookupValues& values);
std::array<KeyDigest, kLookupKeys> DigestsOf(const audit::v1::Event& event);

// What a filter asks of the lookup keys; empty where it names none.
struct KeyTerm {
  size_t key;
  KeyDigest digest;
};
std::vector<KeyTerm> KeyTermsOf(const query::Filter& filter);

// What the filter of subjects holds of it.
inline uint64_t SubjectKey(const KeyTerm& term) { return uint64_t{term.key} << 32 | term.digest; }

}  // namespace daybook::storage::sqlite
