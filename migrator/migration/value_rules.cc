#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"

#include "core/timestamp.h"
#include "migrator/migration/decimal.h"
#include "migrator/migration/rule.h"
#include "schema/charset.h"

namespace daybook::migration {
namespace {

namespace rules = ::daybook::schema::v1;

// What a GLOB pattern of SQLite holds at most, with room for what surrounds it.
constexpr size_t kMaxPatternBytes = 40'000;

void JudgeNumbers(const Subject& subject, Report report) {
  const auto judge = [&](const Place& place, const std::string& text) {
    if (text.empty()) return;
    const auto number = Decimal::Parse(text);
    if (!number.ok()) report(place, number.status().message());
  };
  for (const auto& [place, rule] : subject.Of<v1::NumberRule>()) {
    for (const std::string& bound : {rule.gte(), rule.gt(), rule.lte(), rule.lt()}) {
      judge(place, bound);
    }
  }
  for (const auto& [place, clamp] : subject.Of<v1::OnViolation::Clamp>()) judge(place, clamp.to());
}

bool LeavesNothing(const rules::Int64Rule& rule) {
  absl::int128 low = std::numeric_limits<int64_t>::min();
  absl::int128 high = std::numeric_limits<int64_t>::max();
  if (rule.has_gte()) low = std::max<absl::int128>(low, rule.gte());
  if (rule.has_gt()) low = std::max(low, absl::int128(rule.gt()) + 1);
  if (rule.has_lte()) high = std::min<absl::int128>(high, rule.lte());
  if (rule.has_lt()) high = std::min(high, absl::int128(rule.lt()) - 1);
  return low > high;
}

// Nothing where the text is no number or no bound at all.
std::optional<Decimal> BoundOf(const std::string& text) {
  const auto number = Decimal::Parse(text);
  return number.ok() ? std::optional<Decimal>(*number) : std::nullopt;
}

bool LeavesNothing(const v1::NumberRule& rule) {
  const auto gte = BoundOf(rule.gte());
  const auto gt = BoundOf(rule.gt());
  const auto lte = BoundOf(rule.lte());
  const auto lt = BoundOf(rule.lt());
  return (gte && lte && *gte > *lte) || (gte && lt && *gte >= *lt) || (gt && lte && *gt >= *lte) ||
         (gt && lt && *gt >= *lt);
}

bool LeavesNothing(const rules::StringRule& rule) {
  const bool too_few_chars = rule.max_chars() != 0 && rule.min_chars() > rule.max_chars();
  return too_few_chars || (rule.max_bytes() != 0 && rule.min_chars() > rule.max_bytes());
}

template <typename T>
void JudgeBoundsOf(const Subject& subject, Report report) {
  for (const auto& [place, rule] : subject.Of<T>()) {
    if (LeavesNothing(rule)) report(place, "no value meets these bounds");
  }
}

void JudgeBounds(const Subject& subject, Report report) {
  JudgeBoundsOf<rules::Int64Rule>(subject, report);
  JudgeBoundsOf<v1::NumberRule>(subject, report);
  JudgeBoundsOf<rules::StringRule>(subject, report);
}

void JudgeCharsets(const Subject& subject, Report report) {
  const auto judge = [&](const Place& place, const std::string& charset) {
    const auto parsed = schema::Charset::Parse(charset);
    if (!parsed.ok()) report(place, parsed.status().message());
  };
  for (const auto& [place, rule] : subject.Of<rules::StringRule>()) {
    judge(place, rule.charset());
    judge(place, rule.first_charset());
  }
  for (const auto& [place, part] : subject.Of<v1::PatternRule::Part>()) {
    judge(place, part.charset());
  }
}

// What keeps a part from being one, "" where nothing does.
std::string BrokenPart(const v1::PatternRule::Part& part, bool is_last) {
  if (part.has_literal()) {
    return part.min_count() == 0 && part.max_count() == 0
               ? ""
               : "a literal is there once; only a charset has counts";
  }
  if (!is_last && (part.min_count() == 0 || part.min_count() != part.max_count())) {
    return "every part but the last has a fixed count: min_count and max_count alike, from 1";
  }
  if (part.max_count() != 0 && part.min_count() > part.max_count()) {
    return "min_count is above max_count";
  }
  return "";
}

void JudgePatterns(const Subject& subject, Report report) {
  for (const auto& [place, rule] : subject.Of<v1::PatternRule>()) {
    size_t bytes = 0;
    for (int i = 0; i < rule.part_size(); ++i) {
      const v1::PatternRule::Part& part = rule.part(i);
      const std::string broken = BrokenPart(part, i + 1 == rule.part_size());
      if (!broken.empty()) report(place, absl::StrCat("part[", i + 1, "]: ", broken));
      bytes += part.literal().size() + (part.charset().size() + 2) * size_t{part.min_count()};
    }
    if (bytes > kMaxPatternBytes) report(place, "is longer than what SQLite can match");
  }
}

void JudgeLists(const Subject& subject, Report report) {
  for (const auto& [place, list] : subject.Of<v1::OneOfRule>()) {
    if (list.text().empty() == list.integer().empty()) {
      report(place, "either text or integer must be given");
    }
  }
}

void JudgeDates(const Subject& subject, Report report) {
  for (const auto& [place, migration] : subject.Of<v1::Migration>()) {
    const std::string& date = migration.date();
    if (!date.empty() && (date.size() != 10 || !ParseTime(date + "T00:00:00Z").ok())) {
      report(place, "date is not a day such as 2025-11-21");
    }
  }
  for (const auto& [place, contract] : subject.Of<v1::Contract>()) {
    if (!contract.not_before().empty() && !ParseTime(contract.not_before()).ok()) {
      report(place, "not_before is not an RFC 3339 time such as 2025-12-01T00:00:00Z");
    }
  }
}

bool IsEmpty(const v1::SuitsRange& suits, int version) {
  if (suits.from() < 0 || suits.to() < 0) return true;
  return suits.to() != 0 && suits.to() < (suits.from() == 0 ? version : suits.from());
}

void JudgeRanges(const Subject& subject, Report report) {
  for (const auto& [place, suits] : subject.Of<v1::SuitsRange>()) {
    if (IsEmpty(suits, place.file->migration.version())) {
      report(place, "no service schema version is in this range");
    }
  }
  for (const auto& [place, contract] : subject.Of<v1::Contract>()) {
    if (contract.min_service_version() < 0) report(place, "min_service_version is below 0");
  }
  for (const auto& [place, invariant] : subject.Of<v1::Invariant>()) {
    if (invariant.tolerance() < 0) report(place, "tolerance is below 0");
  }
  for (const auto& [place, query] : subject.Of<v1::GoldenQuery>()) {
    if (query.max_slowdown() < 0) report(place, "max_slowdown is below 0");
  }
}

void JudgeUnfitRules(const Subject& subject, Report report) {
  for (const auto& [place, check] : subject.Of<v1::AddCheck>()) {
    if (check.rule().has_enum_()) report(place, "rule.enum knows no values here");
  }
}

void JudgeServiceRules(const Subject& subject, Report report) {
  for (const auto& [place, rule] : subject.Of<rules::StringRule>()) {
    if (rule.json_object()) report(place, "json_object is not what a database checks");
    if (rule.ip_address()) report(place, "ip_address is not what a database checks");
  }
}

constexpr std::array<Rule, 9> kValueRules = {{
    {"not-a-number", Severity::kError,
     "write a decimal number as text: digits, perhaps a minus sign and a fraction; no exponent",
     JudgeNumbers},
    {"bounds-contradict", Severity::kError,
     "mend the bounds: as they stand, every row would break the rule", JudgeBounds},
    {"bad-charset", Severity::kError,
     "write single characters and ascending ranges of printable ASCII, a '-' that is meant last: "
     "a-z0-9_.-",
     JudgeCharsets},
    {"bad-pattern", Severity::kError,
     "write the parts in order, all but the last of a fixed length, so that both engines can "
     "match them alike",
     JudgePatterns},
    {"bad-list", Severity::kError, "fill one of the two lists", JudgeLists},
    {"bad-date", Severity::kError, "write it as shown", JudgeDates},
    {"out-of-range", Severity::kError, "mend the number", JudgeRanges},
    {"rule-unfit", Severity::kError,
     "list the values: expression { one_of { … } }, or add_enum for a new column", JudgeUnfitRules},
    {"rule-judged-by-service", Severity::kWarning,
     "the service judges this, the constraint checks less; take it out, or accept that the "
     "database lets some of it through",
     JudgeServiceRules},
}};

}  // namespace

std::span<const Rule> ValueRules() { return kValueRules; }

}  // namespace daybook::migration
