#include "schema/rule.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "core/status_macros.h"
#include "schema/ip_address.h"
#include "schema/json_object.h"
#include "schema/utf8.h"

namespace daybook::schema {

absl::StatusOr<TextRule> TextRule::Compile(const v1::StringRule& declared) {
  TextRule rule;
  rule.declared_ = declared;
  if (!declared.charset().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(rule.charset_, Charset::Parse(declared.charset()));
  }
  if (!declared.first_charset().empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(rule.first_charset_, Charset::Parse(declared.first_charset()));
  }
  return rule;
}

std::optional<std::string> TextRule::Broken(const std::string& text) const {
  if (text.empty()) {
    if (declared_.nullable() || declared_.min_chars() == 0) return std::nullopt;
    return "is required";
  }
  // Size first: nothing that grows with the text is done to one that is too long.
  if (declared_.max_bytes() != 0 && text.size() > declared_.max_bytes()) {
    return absl::StrCat("must be at most ", declared_.max_bytes(), " bytes");
  }
  const std::optional<size_t> characters = CountCharacters(text);
  if (!characters) return "must be valid UTF-8";
  if (absl::StrContains(text, '\0')) return "must not contain U+0000";
  if (auto broken = BrokenSize(*characters)) return broken;
  if (!HasAllowedCharacters(text)) {
    return absl::StrCat(
        "must be made of [", declared_.charset(), "]",
        first_charset_ ? absl::StrCat(" and begin with [", declared_.first_charset(), "]") : "");
  }
  if (declared_.ip_address() && !CanonicalIpAddress(text)) {
    return "must be an IPv4 or IPv6 address without zone";
  }
  if (declared_.json_object()) return BrokenAsJsonObject(text);
  return std::nullopt;
}

std::optional<std::string> TextRule::BrokenSize(size_t characters) const {
  const bool is_short = characters < declared_.min_chars();
  const bool is_long = declared_.max_chars() != 0 && characters > declared_.max_chars();
  if (!is_short && !is_long) return std::nullopt;
  if (is_long) return absl::StrCat("must be at most ", declared_.max_chars(), " characters");
  return absl::StrCat("must be at least ", declared_.min_chars(), " characters");
}

bool TextRule::HasAllowedCharacters(absl::string_view text) const {
  if (charset_ && !charset_->ContainsAll(text)) return false;
  return !first_charset_ || first_charset_->Contains(text.front());
}

IntegerRule::IntegerRule(v1::Int64Rule declared) : declared_(std::move(declared)) {}

std::optional<std::string> IntegerRule::Broken(std::optional<absl::int128> value) const {
  if (!value) {
    if (declared_.nullable()) return std::nullopt;
    return "is required";
  }
  if (*value < std::numeric_limits<int64_t>::min() ||
      *value > std::numeric_limits<int64_t>::max()) {
    return "must fit in a signed 64-bit integer";
  }
  if (declared_.has_gte() && *value < declared_.gte())
    return absl::StrCat("must be >= ", declared_.gte());
  if (declared_.has_lte() && *value > declared_.lte())
    return absl::StrCat("must be <= ", declared_.lte());
  if (declared_.has_gt() && *value <= declared_.gt())
    return absl::StrCat("must be > ", declared_.gt());
  if (declared_.has_lt() && *value >= declared_.lt())
    return absl::StrCat("must be < ", declared_.lt());
  return std::nullopt;
}

}  // namespace daybook::schema
