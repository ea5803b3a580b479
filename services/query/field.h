#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::query {

// What kind of value a field holds, and how a filter writes it.
enum class FieldKind {
  kText,       // "…"
  kInteger,    // 42
  kTime,       // "2026-01-31T09:30:00Z"
  kOutcome,    // SUCCESS, FAILURE, DENIED
  kSource,     // SERVICE, AUTHENTICATED, CLAIMED
  kIpAddress,  // as kText, in any notation of the address
  kJson,       // by its members: details.amount
};

// A field of an event that a filter may name.
struct Field {
  absl::string_view name;  // in a filter, and in the contract
  int number = 0;          // in the contract
  FieldKind kind = FieldKind::kText;
  std::string column;  // in a store
};

// In the order of the contract.
std::span<const Field> AllFields();

// A number that the field holds, as a filter writes it.
std::string TextOfNumber(const Field& field, int64_t number);

// nullptr where there is no such field.
const Field* FindField(absl::string_view name);

}  // namespace daybook::query
