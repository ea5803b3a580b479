#include "storage/dropped_events.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"

namespace daybook::storage {
namespace {

// The number that `text` begins with, which is taken off it together with the comma.
std::optional<uint64_t> TakeNumber(absl::string_view& text) {
  const size_t digits = text.find(',');
  uint64_t number = 0;
  if (digits == absl::string_view::npos || !absl::SimpleAtoi(text.substr(0, digits), &number)) {
    return std::nullopt;
  }
  text.remove_prefix(digits + 1);
  return number;
}

}  // namespace

std::optional<DroppedEvents> ParseDroppedEvents(absl::string_view public_details) {
  if (!absl::ConsumePrefix(&public_details, R"({"first":)")) return std::nullopt;
  const std::optional<uint64_t> first = TakeNumber(public_details);
  if (!first || !absl::ConsumePrefix(&public_details, R"("last":)")) return std::nullopt;
  const std::optional<uint64_t> last = TakeNumber(public_details);
  if (!last || *last < *first) return std::nullopt;
  return DroppedEvents{.first = Seq(*first), .last = Seq(*last)};
}

}  // namespace daybook::storage
