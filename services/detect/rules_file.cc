#include "detect/rules_file.h"

#include <algorithm>
#include <set>
#include <span>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "core/errors.h"
#include "daybook/detection/v1/rules.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "query/duration.h"
#include "schema/utf8.h"

namespace daybook::detect {
namespace {

using ::daybook::audit::v1::GroupBy;
using Message = ::daybook::detection::v1::Rule;
using Locations = ::google::protobuf::TextFormat::ParseInfoTree;

constexpr size_t kMaxFileBytes = size_t{1} << 20;
constexpr size_t kMaxDescriptionBytes = 4096;
constexpr int kMaxGroupBy = 4;
constexpr size_t kMaxProblems = 20;
constexpr absl::Duration kShortest = absl::Seconds(1);
constexpr absl::Duration kShortestSilence = absl::Seconds(10);
constexpr absl::Duration kLongest = absl::Hours(7 * 24);

// What is wrong with a file, in the order in which it was found.
class Problems {
 public:
  explicit Problems(absl::string_view file_name) : file_name_(file_name) {}

  // Both from 0, as the parser counts.
  void Add(int line, int column, absl::string_view problem) {
    lines_.push_back(absl::StrCat(file_name_, ":", line + 1, ":", column + 1, ": ", problem));
  }

  bool empty() const { return lines_.empty(); }
  absl::Status status() const {
    const size_t shown = std::min(lines_.size(), kMaxProblems);
    std::string text = absl::StrJoin(std::span(lines_).first(shown), "\n");
    if (shown < lines_.size()) absl::StrAppend(&text, "\n… and ", lines_.size() - shown, " more");
    return absl::InvalidArgumentError(text);
  }

 private:
  const absl::string_view file_name_;
  std::vector<std::string> lines_;
};

class SyntaxErrors final : public google::protobuf::io::ErrorCollector {
 public:
  explicit SyntaxErrors(Problems& problems) : problems_(problems) {}
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    problems_.Add(std::max(line, 0), std::max(column, 0), message);
  }

 private:
  Problems& problems_;
};

bool IsField(int group_by) {
  return group_by != audit::v1::GROUP_BY_UNSPECIFIED && audit::v1::GroupBy_IsValid(group_by);
}

// What people call a rule; its name may be anything.
std::string Title(const Message& message) {
  if (message.name().empty()) return "rule without a name";
  return absl::StrCat("rule ", absl::CEscape(message.name().substr(0, kMaxRuleNameBytes)));
}

// What a duration must be, for people.
std::string DurationForm(absl::Duration shortest) {
  return absl::StrCat("must be a duration from ", absl::FormatDuration(shortest),
                      " to 7d, such as 90s, 15m or 1h30m");
}

// Makes one rule of its message, and says what is wrong with it.
class RuleReader {
 public:
  RuleReader(const Message& message, const Locations* locations, Problems& problems)
      : message_(message), locations_(locations), problems_(problems) {}

  Rule Read() {
    ReadHead();
    rule_.filter = FilterOf(Message::kFilterFieldNumber, message_.filter());
    ReadGroups();
    if (message_.silent_for().empty()) {
      ReadCount();
    } else {
      ReadAbsence();
    }
    rule_.identity = Identity();
    return std::move(rule_);
  }

 private:
  void Complain(int field, absl::string_view problem) {
    const auto* const descriptor = Message::descriptor()->FindFieldByNumber(field);
    google::protobuf::TextFormat::ParseLocation at;
    if (locations_ != nullptr) {
      at = locations_->GetLocation(descriptor, descriptor->is_repeated() ? 0 : -1);
    }
    // What is missing is missed where the rule begins, or what there is of it.
    if (at.line < 0) at = Begin();
    problems_.Add(at.line, at.column,
                  absl::StrCat(Title(message_), ": ", descriptor->name(), " ", problem));
  }

  google::protobuf::TextFormat::ParseLocation Begin() const {
    google::protobuf::TextFormat::ParseLocation first(0, 0);
    bool found = false;
    const auto* const type = Message::descriptor();
    for (int i = 0; locations_ != nullptr && i < type->field_count(); ++i) {
      const bool repeated = type->field(i)->is_repeated();
      const auto at = locations_->GetLocation(type->field(i), repeated ? 0 : -1);
      if (at.line < 0 ||
          (found && std::pair(at.line, at.column) >= std::pair(first.line, first.column))) {
        continue;
      }
      first = at;
      found = true;
    }
    return first;
  }

  void ReadHead() {
    rule_.name = message_.name();
    rule_.description = message_.description();
    if (!IsRuleName(rule_.name)) {
      Complain(Message::kNameFieldNumber, "must be 1 to 64 of a-z 0-9 _, beginning with a letter");
    }
    if (!schema::CountCharacters(rule_.description) ||
        rule_.description.size() > kMaxDescriptionBytes) {
      Complain(Message::kDescriptionFieldNumber, "must be UTF-8 of at most 4096 bytes");
    }
    if (!audit::v1::Severity_IsValid(message_.severity())) {
      Complain(Message::kSeverityFieldNumber,
               "must be SEVERITY_INFO, SEVERITY_WARNING or SEVERITY_CRITICAL");
    } else if (message_.severity() != audit::v1::SEVERITY_UNSPECIFIED) {
      rule_.severity = message_.severity();
    }
  }

  query::Filter FilterOf(int field, const std::string& text) {
    absl::StatusOr<query::Filter> filter = query::Filter::Parse(text);
    if (filter.ok()) return *std::move(filter);
    const auto bad = BadRequestIn(filter.status());
    Complain(field, bad.field_violations().empty()
                        ? absl::string_view(filter.status().message())
                        : absl::string_view(bad.field_violations(0).description()));
    return {};
  }

  void ReadGroups() {
    std::set<int> seen;
    for (const int group_by : message_.group_by()) {
      if (!IsField(group_by)) {
        Complain(Message::kGroupByFieldNumber, "names no field");
      } else if (!seen.insert(group_by).second) {
        Complain(Message::kGroupByFieldNumber, "names a field twice");
      }
      rule_.group_by.push_back(static_cast<GroupBy>(group_by));
    }
    if (message_.group_by_size() > kMaxGroupBy) {
      Complain(Message::kGroupByFieldNumber, "has more than 4 fields");
    }
  }

  void ReadCount() {
    rule_.window = DurationOf(Message::kWindowFieldNumber, message_.window(), kShortest);
    rule_.threshold = message_.threshold();
    if (rule_.threshold == 0 || rule_.threshold > kMaxThreshold) {
      Complain(Message::kThresholdFieldNumber, absl::StrCat("must be 1 to ", kMaxThreshold));
    }
    if (message_.count_distinct() != audit::v1::GROUP_BY_UNSPECIFIED) ReadDistinct();
    if (!message_.then().empty()) {
      rule_.kind = Rule::Kind::kSequence;
      rule_.then = FilterOf(Message::kThenFieldNumber, message_.then());
    }
    rule_.cooldown = message_.cooldown().empty() ? rule_.window
                                                 : DurationOf(Message::kCooldownFieldNumber,
                                                              message_.cooldown(), kShortest);
  }

  void ReadDistinct() {
    if (!IsField(message_.count_distinct())) {
      return Complain(Message::kCountDistinctFieldNumber, "names no field");
    }
    rule_.distinct = message_.count_distinct();
    if (std::find(rule_.group_by.begin(), rule_.group_by.end(), *rule_.distinct) !=
        rule_.group_by.end()) {
      Complain(Message::kCountDistinctFieldNumber,
               "is also in group_by, so there is never more than one value");
    }
  }

  void ReadAbsence() {
    rule_.kind = Rule::Kind::kAbsence;
    rule_.window =
        DurationOf(Message::kSilentForFieldNumber, message_.silent_for(), kShortestSilence);
    constexpr absl::string_view kProblem = "does not go with silent_for";
    if (!message_.window().empty()) Complain(Message::kWindowFieldNumber, kProblem);
    if (message_.threshold() != 0) Complain(Message::kThresholdFieldNumber, kProblem);
    if (message_.count_distinct() != audit::v1::GROUP_BY_UNSPECIFIED) {
      Complain(Message::kCountDistinctFieldNumber, kProblem);
    }
    if (!message_.then().empty()) Complain(Message::kThenFieldNumber, kProblem);
    if (!message_.cooldown().empty()) Complain(Message::kCooldownFieldNumber, kProblem);
  }

  Micros DurationOf(int field, const std::string& text, absl::Duration shortest) {
    if (text.empty()) {
      Complain(field, "is missing: how far back does the rule count? " + DurationForm(shortest));
      return 0;
    }
    const std::optional<absl::Duration> duration = query::ParseDuration(text);
    if (!duration || *duration < shortest || *duration > kLongest) {
      Complain(field, DurationForm(shortest));
      return 0;
    }
    return absl::ToInt64Microseconds(*duration);
  }

  // Everything but what only people read.
  std::string Identity() const {
    return absl::StrJoin(
        {rule_.name, rule_.filter.Normalised(), rule_.then.Normalised(),
         absl::StrJoin(message_.group_by(), ","), absl::StrCat(message_.count_distinct()),
         absl::StrCat(static_cast<int>(rule_.kind)), absl::StrCat(rule_.window),
         absl::StrCat(rule_.threshold), absl::StrCat(rule_.cooldown)},
        "\n");
  }

  const Message& message_;
  const Locations* const locations_;
  Problems& problems_;
  Rule rule_;
};

Rules RulesOf(const detection::v1::Rules& file, const Locations& locations, Problems& problems) {
  const auto* const field =
      detection::v1::Rules::descriptor()->FindFieldByNumber(detection::v1::Rules::kRuleFieldNumber);
  if (static_cast<size_t>(file.rule_size()) > kMaxRules) {
    const auto at = locations.GetLocation(field, static_cast<int>(kMaxRules));
    problems.Add(at.line, at.column, absl::StrCat("there are more than ", kMaxRules, " rules"));
    return {};
  }
  Rules rules;
  rules.reserve(static_cast<size_t>(file.rule_size()));
  std::set<std::string> names;
  for (int i = 0; i < file.rule_size(); ++i) {
    const Message& message = file.rule(i);
    RuleReader reader(message, locations.GetTreeForNested(field, i), problems);
    rules.push_back(std::make_shared<const Rule>(reader.Read()));
    if (names.insert(message.name()).second) continue;
    const auto at = locations.GetLocation(field, i);
    problems.Add(at.line, at.column,
                 absl::StrCat(Title(message), ": there is one of this name already"));
  }
  return rules;
}

}  // namespace

bool IsRuleName(absl::string_view name) {
  if (name.empty() || name.size() > kMaxRuleNameBytes) return false;
  if (!absl::ascii_islower(static_cast<unsigned char>(name.front()))) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

absl::StatusOr<Rules> ParseRules(absl::string_view file_name, absl::string_view text) {
  Problems problems(file_name);
  if (text.size() > kMaxFileBytes) {
    problems.Add(0, 0, "is larger than 1 MiB");
    return problems.status();
  }
  SyntaxErrors errors(problems);
  Locations locations;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&errors);
  parser.WriteLocationsTo(&locations);
  detection::v1::Rules file;
  if (!parser.ParseFromString(std::string(text), &file)) {
    if (problems.empty()) problems.Add(0, 0, "is no rules file");
    return problems.status();
  }
  Rules rules = RulesOf(file, locations, problems);
  if (!problems.empty()) return problems.status();
  return rules;
}

}  // namespace daybook::detect
