#pragma once

#include <optional>
#include <span>
#include <string>

#include "absl/strings/string_view.h"

namespace daybook::query {

// The member of a JSON object that `path` leads to, as it is written there; nothing where
// there is none. `object` is known to be an object by RFC 8259 in which no name occurs
// twice. The empty path leads to the object.
std::optional<absl::string_view> MemberAt(absl::string_view object,
                                          std::span<const std::string> path);

// The same where it is a number.
std::optional<absl::string_view> NumberAt(absl::string_view object,
                                          std::span<const std::string> path);

// Whether a JSON value is a number.
bool IsNumber(absl::string_view value);

// The elements of a JSON array, or nothing where `value` is none.
class JsonElements {
 public:
  explicit JsonElements(absl::string_view value);
  // The next one; nothing behind the last.
  std::optional<absl::string_view> Next();

 private:
  absl::string_view rest_;
};

// The text that a JSON string stands for; `string` with its quotes.
std::string Unescaped(absl::string_view string);

}  // namespace daybook::query
