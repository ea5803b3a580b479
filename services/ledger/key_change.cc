#include "ledger/key_change.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"

namespace daybook::ledger {
namespace {

constexpr absl::string_view kBegin = R"({"key":")";
constexpr absl::string_view kBetween = R"(","signed_by":")";
constexpr absl::string_view kEnd = R"("})";

// A name may have these two of the characters that JSON escapes; a note has none of
// the others.
std::string Escaped(const std::string& text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}});
}

std::string Unescaped(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\\\", "\\"}, {"\\\"", "\""}});
}

}  // namespace

std::string FormatKeyChange(const KeyChange& change) {
  return absl::StrCat(kBegin, Escaped(change.key.ToString()), kBetween,
                      Escaped(change.signed_by.ToString()), kEnd);
}

std::optional<KeyChange> ParseKeyChange(absl::string_view public_details) {
  absl::string_view rest = public_details;
  if (!absl::ConsumePrefix(&rest, kBegin) || !absl::ConsumeSuffix(&rest, kEnd)) return std::nullopt;
  const size_t between = rest.find(kBetween);
  if (between == absl::string_view::npos) return std::nullopt;
  absl::StatusOr<VerifierKey> key = VerifierKey::Parse(Unescaped(rest.substr(0, between)));
  absl::StatusOr<VerifierKey> signed_by =
      VerifierKey::Parse(Unescaped(rest.substr(between + kBetween.size())));
  if (!key.ok() || !signed_by.ok()) return std::nullopt;
  KeyChange change{.key = *std::move(key), .signed_by = *std::move(signed_by)};
  if (FormatKeyChange(change) != public_details) return std::nullopt;
  return change;
}

}  // namespace daybook::ledger
