#include "daybook/filter_text.h"

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

#include "core/status_macros.h"
#include "core/timestamp.h"
#include "daybook/failure.h"
#include "query/duration.h"

namespace daybook::cli {
namespace {

constexpr std::array<absl::string_view, 3> kTimeForms = {"%Y-%m-%d", "%Y-%m-%d %H:%M",
                                                         "%Y-%m-%d %H:%M:%E*S"};

std::string Escaped(absl::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '*') escaped.push_back('\\');
    escaped.push_back(c);
  }
  return escaped;
}

// A time that is written as one, not as a duration.
absl::StatusOr<absl::Time> PointIn(absl::string_view text, absl::TimeZone zone) {
  if (const auto micros = ParseTime(text); micros.ok()) return absl::FromUnixMicros(*micros);
  for (const absl::string_view form : kTimeForms) {
    absl::Time time;
    if (absl::ParseTime(form, text, zone, &time, nullptr)) return time;
  }
  return UsageError(
      "a time is 1h, 7d, 2026-01-31, \"2026-01-31 09:30\" or 2026-01-31T09:30:00+09:00");
}

}  // namespace

std::string TextInFilter(absl::string_view text) { return absl::StrCat("\"", Escaped(text), "\""); }

std::string PatternInFilter(absl::string_view text) {
  const bool has_front = absl::ConsumePrefix(&text, "*");
  const bool has_back = absl::ConsumeSuffix(&text, "*");
  return absl::StrCat("\"", has_front ? "*" : "", Escaped(text), has_back ? "*" : "", "\"");
}

absl::StatusOr<std::string> TimeInFilter(absl::string_view text, absl::TimeZone zone) {
  if (query::ParseDuration(text)) return absl::StrCat("ago(\"", text, "\")");
  DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, PointIn(text, zone));
  return absl::StrCat("\"", FormatTime(FloorToMicros(time)), "\"");
}

absl::StatusOr<absl::Time> TimeOf(absl::string_view text, absl::TimeZone zone, absl::Time now) {
  if (const auto duration = query::ParseDuration(text)) return now - *duration;
  return PointIn(text, zone);
}

std::string AllOf(const std::vector<std::string>& parts) {
  std::vector<absl::string_view> asking;
  for (const std::string& part : parts) {
    if (!part.empty()) asking.emplace_back(part);
  }
  if (asking.size() == 1) return std::string(asking.front());
  return absl::StrJoin(asking, " AND ", [](std::string* out, absl::string_view part) {
    absl::StrAppend(out, "(", part, ")");
  });
}

std::string FieldIsOneOf(absl::string_view field, const std::vector<std::string>& values) {
  return absl::StrJoin(values, " OR ", [field](std::string* out, const std::string& value) {
    absl::StrAppend(out, field, " = ", value);
  });
}

}  // namespace daybook::cli
