#include "query/literal_value.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/audit/v1/event.pb.h"
#include "query/duration.h"
#include "schema/ip_address.h"

namespace daybook::query {
namespace {

bool IsOrdered(Comparison comparison) {
  return comparison == Comparison::kLess || comparison == Comparison::kAtMost ||
         comparison == Comparison::kGreater || comparison == Comparison::kAtLeast;
}

// The number that a short name of an enum stands for: FAILURE for OUTCOME_FAILURE.
std::optional<int64_t> EnumNumber(const google::protobuf::EnumDescriptor& type,
                                  absl::string_view prefix, absl::string_view name) {
  const auto* value = type.FindValueByName(absl::StrCat(prefix, name));
  if (value == nullptr || value->number() == 0) return std::nullopt;
  return value->number();
}

// Takes the digits off the front of `text`; how many there were.
size_t TakeDigits(absl::string_view& text) {
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(digits);
  return digits;
}

// Whether JSON would take the text for a number, as RFC 8259 writes them.
bool IsJsonNumber(absl::string_view text) {
  absl::ConsumePrefix(&text, "-");
  const bool begins_with_zero = absl::StartsWith(text, "0");
  const size_t digits = TakeDigits(text);
  if (digits == 0 || (begins_with_zero && digits > 1)) return false;
  if (absl::ConsumePrefix(&text, ".") && TakeDigits(text) == 0) return false;
  if (absl::ConsumePrefix(&text, "e") || absl::ConsumePrefix(&text, "E")) {
    if (!absl::ConsumePrefix(&text, "+")) absl::ConsumePrefix(&text, "-");
    if (TakeDigits(text) == 0) return false;
  }
  return text.empty();
}

// An integer that fits, or else to the last digit. Nothing where the text is no JSON number.
std::optional<Value> NumberIn(absl::string_view text) {
  if (!IsJsonNumber(text)) return std::nullopt;
  int64_t integer = 0;
  if (absl::SimpleAtoi(text, &integer)) return Value(integer);
  return Value(Decimal::Of(text));
}

// One literal that is made into a value.
class Reading {
 public:
  Reading(const Literal& literal, const Term& term, absl::Time now, const Lexer& lexer)
      : literal_(literal), term_(term), field_(*term.field), now_(now), lexer_(lexer) {}

  absl::StatusOr<Value> Read() const {
    if (term_.comparison == Comparison::kHas && literal_.is_star()) return Value(AnyValue());
    const bool takes_star =
        term_.comparison == Comparison::kEqual || term_.comparison == Comparison::kNotEqual;
    if (literal_.has_star() && !takes_star) return StarError();
    if (literal_.is_ago && field_.kind != FieldKind::kTime) {
      return Error("ago is compared with created_at or event_time");
    }
    switch (field_.kind) {
      case FieldKind::kText:
        return Text();
      case FieldKind::kInteger:
        return Integer();
      case FieldKind::kTime:
        return Time();
      case FieldKind::kOutcome:
        return OneOf(EnumNumber(*audit::v1::Outcome_descriptor(), "OUTCOME_", literal_.text),
                     "SUCCESS, FAILURE, DENIED");
      case FieldKind::kSource:
        return OneOf(EnumNumber(*audit::v1::Source_descriptor(), "SOURCE_", literal_.text),
                     "SERVICE, AUTHENTICATED, CLAIMED");
      case FieldKind::kIpAddress:
        return Address();
      case FieldKind::kJson:
        return Member();
    }
    return absl::InternalError("unknown kind of field");
  }

 private:
  absl::Status Error(absl::string_view problem) const { return lexer_.Error(literal_.at, problem); }
  absl::Status NameError(absl::string_view problem) const {
    return Error(absl::StrCat(field_.name, " ", problem));
  }

  absl::Status StarError() const {
    return Error(term_.comparison == Comparison::kHas
                     ? "`:` finds a text anywhere, without `*`"
                     : "`*` goes with = and != only; write \"\\*\" for the character");
  }

  // Whoever writes null asks for what has no value.
  std::string HintForNull() const {
    const bool is_null = absl::EqualsIgnoreCase(literal_.text, "null") ||
                         absl::EqualsIgnoreCase(literal_.text, "none");
    return is_null ? absl::StrCat("; NOT ", field_.name, ":* finds events that have none") : "";
  }

  Value Text() const {
    if (!literal_.has_star()) return Value(literal_.text);
    return Value(Pattern{
        .open_front = literal_.star_front, .text = literal_.text, .open_back = literal_.star_back});
  }

  absl::StatusOr<Value> Integer() const {
    int64_t number = 0;
    if (literal_.is_quoted || literal_.has_star() || !absl::SimpleAtoi(literal_.text, &number)) {
      return NameError(
          absl::StrCat("is compared with an integer of 64 bits, without quotes", HintForNull()));
    }
    return Value(number);
  }

  absl::StatusOr<Value> Time() const {
    if (literal_.is_ago) return Ago();
    const absl::StatusOr<Micros> time = ParseTime(literal_.text);
    if (!time.ok() || literal_.has_star()) {
      return NameError(
          "is compared with an RFC 3339 time such as \"2026-01-31T09:30:00Z\", or ago(\"1h\")");
    }
    return Value(*time);
  }

  absl::StatusOr<Value> Ago() const {
    const std::optional<absl::Duration> duration = ParseDuration(literal_.text);
    if (!duration || literal_.has_star()) {
      return Error(
          "ago takes a duration up to 100 years such as \"90s\", \"15m\", \"1h30m\", \"7d\" or"
          " \"2w\"");
    }
    if (now_ == absl::InfinitePast()) return Error("ago has no meaning here");
    return Value(absl::ToUnixMicros(now_ - *duration));
  }

  absl::StatusOr<Value> OneOf(std::optional<int64_t> number, absl::string_view names) const {
    if (!number || literal_.has_star()) return NameError(absl::StrCat("is one of ", names));
    if (IsOrdered(term_.comparison)) return NameError("has no order: compare it with = or !=");
    return Value(*number);
  }

  // As text addresses have no order that means anything.
  absl::StatusOr<Value> Address() const {
    if (IsOrdered(term_.comparison)) return NameError("has no order: compare it with = or !=");
    if (literal_.has_star()) return Text();
    auto address = schema::CanonicalIpAddress(literal_.text);
    if (!address) {
      return NameError(absl::StrCat(
          "is compared with an IPv4 or IPv6 address, or how one begins: 10.0.*", HintForNull()));
    }
    return Value(*std::move(address));
  }

  // What has no quotes is what JSON would take it for, and else text.
  absl::StatusOr<Value> Member() const {
    if (term_.path.empty()) {
      if (term_.comparison == Comparison::kHas && !literal_.has_star()) return Value(literal_.text);
      return NameError(
          absl::StrCat("is an object: compare a member, such as ", field_.name, ".amount > 100"));
    }
    if (literal_.is_quoted || literal_.has_star()) return Text();
    if (auto number = NumberIn(literal_.text)) return *std::move(number);
    const bool is_truth = literal_.text == "true" || literal_.text == "false";
    if (!is_truth && literal_.text != "null") return Text();
    if (IsOrdered(term_.comparison)) {
      return Error(absl::StrCat(literal_.text, " has no order: compare it with = or !="));
    }
    if (is_truth) return Value(literal_.text == "true");
    return Value(JsonNull());
  }

  const Literal& literal_;
  const Term& term_;
  const Field& field_;
  const absl::Time now_;
  const Lexer& lexer_;
};

}  // namespace

absl::StatusOr<Value> ValueOf(const Literal& literal, const Term& term, absl::Time now,
                              const Lexer& lexer) {
  return Reading(literal, term, now, lexer).Read();
}

}  // namespace daybook::query
