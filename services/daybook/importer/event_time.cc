#include "daybook/importer/event_time.h"

#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/time/civil_time.h"

#include "core/status_macros.h"

namespace daybook::cli::importer {
namespace {

constexpr Micros kMicrosPerSecond = 1'000'000;
constexpr Micros kMicrosPerMilli = 1'000;
constexpr int64_t kYear2000 = 946'684'800;
constexpr int64_t kYear2100 = 4'102'444'800;
constexpr int64_t kMillisPerSecond = 1'000;

absl::Status FormError() {
  return absl::InvalidArgumentError(
      "must be a time such as 2026-01-31 09:30:00 or 2026-01-31T09:30:00.5+09:00");
}

// Takes text apart from its beginning.
class Reader {
 public:
  explicit Reader(absl::string_view text) : rest_(text) {}

  bool TakeAnyOf(absl::string_view characters) {
    if (rest_.empty() || !absl::StrContains(characters, rest_.front())) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // A number of exactly so many digits.
  std::optional<int> TakeNumber(size_t digits) {
    if (rest_.size() < digits) return std::nullopt;
    int number = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(c))) return std::nullopt;
      number = number * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return number;
  }

  bool is_at_end() const { return rest_.empty(); }
  bool is_at_digit() const {
    return !rest_.empty() && absl::ascii_isdigit(static_cast<unsigned char>(rest_.front()));
  }

 private:
  absl::string_view rest_;
};

std::optional<absl::CivilDay> ReadDay(Reader& reader) {
  const auto year = reader.TakeNumber(4);
  if (!year || !reader.TakeAnyOf("-")) return std::nullopt;
  const auto month = reader.TakeNumber(2);
  if (!month || !reader.TakeAnyOf("-")) return std::nullopt;
  const auto day = reader.TakeNumber(2);
  if (!day) return std::nullopt;
  // The library makes February 30 March 2.
  const absl::CivilDay read(*year, *month, *day);
  if (read.month() != *month || read.day() != *day) return std::nullopt;
  return read;
}

std::optional<absl::CivilSecond> ReadTimeOfDay(Reader& reader, absl::CivilDay day) {
  const auto hour = reader.TakeNumber(2);
  if (!hour || !reader.TakeAnyOf(":")) return std::nullopt;
  const auto minute = reader.TakeNumber(2);
  if (!minute || !reader.TakeAnyOf(":")) return std::nullopt;
  const auto second = reader.TakeNumber(2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  return absl::CivilSecond(day.year(), day.month(), day.day(), *hour, *minute, *second);
}

// The microseconds of `.123456789`; none is 0.
std::optional<Micros> ReadFraction(Reader& reader) {
  if (!reader.TakeAnyOf(".,")) return 0;
  if (!reader.is_at_digit()) return std::nullopt;
  Micros micros = 0;
  for (Micros unit = kMicrosPerSecond / 10; reader.is_at_digit(); unit /= 10) {
    micros += unit * *reader.TakeNumber(1);
  }
  return micros;
}

// `Z`, `+09:00`, `+0900` or `+09`.
std::optional<absl::TimeZone> ReadOffset(Reader& reader) {
  if (reader.TakeAnyOf("Zz")) return absl::UTCTimeZone();
  const int sign = reader.TakeAnyOf("-") ? -1 : 1;
  if (sign > 0 && !reader.TakeAnyOf("+")) return std::nullopt;
  const auto hours = reader.TakeNumber(2);
  const bool has_minutes = reader.TakeAnyOf(":") || reader.is_at_digit();
  const auto minutes = has_minutes ? reader.TakeNumber(2) : std::optional<int>(0);
  if (!hours || !minutes || *hours > 23 || *minutes > 59) return std::nullopt;
  return absl::FixedTimeZone(sign * (*hours * 3600 + *minutes * 60));
}

absl::StatusOr<absl::Time> InZone(absl::CivilSecond civil, absl::TimeZone zone) {
  const absl::TimeZone::TimeInfo info = zone.At(civil);
  switch (info.kind) {
    case absl::TimeZone::TimeInfo::UNIQUE:
      return info.pre;
    case absl::TimeZone::TimeInfo::SKIPPED:
      return absl::InvalidArgumentError(
          "is a time that the clocks of the time zone skipped, in spring");
    case absl::TimeZone::TimeInfo::REPEATED:
      return absl::InvalidArgumentError(
          "is a time that the clocks of the time zone showed twice, in autumn");
  }
  return FormError();
}

absl::StatusOr<Micros> InRange(Micros micros) {
  if (micros >= kMinMicros && micros <= kMaxMicros) return micros;
  return absl::InvalidArgumentError("the year must be 1 to 9999");
}

}  // namespace

absl::StatusOr<Micros> TimeInText(absl::string_view text,
                                  const std::optional<absl::TimeZone>& zone) {
  Reader reader(text);
  const auto day = ReadDay(reader);
  const bool is_iso = reader.TakeAnyOf("Tt");
  if (!day || (!is_iso && !reader.TakeAnyOf(" "))) return FormError();
  const auto civil = ReadTimeOfDay(reader, *day);
  const auto fraction = civil ? ReadFraction(reader) : std::nullopt;
  if (!fraction) return FormError();
  if (reader.is_at_end() && is_iso && !zone) {
    return absl::InvalidArgumentError(
        "says no offset from UTC, so it could be any time zone's; --time-zone says whose");
  }
  const auto offset = reader.is_at_end() ? zone.value_or(absl::UTCTimeZone()) : ReadOffset(reader);
  if (!offset || !reader.is_at_end()) return FormError();
  DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, InZone(*civil, *offset));
  return InRange(absl::ToUnixSeconds(time) * kMicrosPerSecond + *fraction);
}

absl::StatusOr<Micros> TimeInInteger(int64_t number) {
  if (number >= kYear2000 && number < kYear2100) return number * kMicrosPerSecond;
  if (number >= kYear2000 * kMillisPerSecond && number < kYear2100 * kMillisPerSecond) {
    return number * kMicrosPerMilli;
  }
  return absl::InvalidArgumentError(
      "as a number must be seconds or milliseconds since 1970, of the years 2000 to 2099");
}

}  // namespace daybook::cli::importer
