#pragma once

#include <optional>
#include <string>

#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "daybook/schema/v1/rules.pb.h"
#include "schema/charset.h"

namespace daybook::schema {

// The most bytes that the contract allows an event's details.
inline constexpr size_t kMaxDetailsBytes = 16'384;

// A rule on text, compiled from its declaration. Empty text is absent.
//
// Immutable.
class TextRule {
 public:
  TextRule() = default;

  // INVALID_ARGUMENT where the declaration does not make sense.
  static absl::StatusOr<TextRule> Compile(const v1::StringRule& declared);

  // What would be right, where `text` breaks the rule; else nothing.
  std::optional<std::string> Broken(const std::string& text) const;

 private:
  bool HasAllowedCharacters(absl::string_view text) const;
  std::optional<std::string> BrokenSize(size_t characters) const;

  v1::StringRule declared_;
  std::optional<Charset> charset_;
  std::optional<Charset> first_charset_;
};

// A rule on a signed 64-bit integer.
//
// Immutable.
class IntegerRule {
 public:
  explicit IntegerRule(v1::Int64Rule declared);

  // What would be right, where `value` breaks the rule; else nothing. Takes a
  // wider type than the rule is about, so that an unsigned value can be judged.
  std::optional<std::string> Broken(std::optional<absl::int128> value) const;

 private:
  v1::Int64Rule declared_;
};

}  // namespace daybook::schema
