#include "query/filter.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"

namespace daybook::query {
namespace {

constexpr size_t kUsualDepth = 16;

Verdict Not(Verdict verdict) {
  switch (verdict) {
    case Verdict::kNo:
      return Verdict::kYes;
    case Verdict::kYes:
      return Verdict::kNo;
    case Verdict::kMaybe:
      break;
  }
  return Verdict::kMaybe;
}

// Texts are written with their length, so that none can be taken for the end of one.
std::string Counted(absl::string_view text) { return absl::StrCat(text.size(), ":", text); }

struct PrintValue {
  std::string operator()(AnyValue /*any*/) const { return "*"; }
  std::string operator()(JsonNull /*null*/) const { return "null"; }
  std::string operator()(int64_t number) const { return absl::StrCat(number); }
  std::string operator()(const Decimal& number) const {
    return absl::StrCat(number.is_negative ? "-." : ".", number.digits, "e", number.point);
  }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const std::string& text) const { return Counted(text); }
  std::string operator()(const Pattern& pattern) const {
    return absl::StrCat(pattern.open_front ? "*" : "", Counted(pattern.text),
                        pattern.open_back ? "*" : "");
  }
};

absl::string_view SignOf(Comparison comparison) {
  switch (comparison) {
    case Comparison::kEqual:
      return "=";
    case Comparison::kNotEqual:
      return "!=";
    case Comparison::kLess:
      return "<";
    case Comparison::kAtMost:
      return "<=";
    case Comparison::kGreater:
      return ">";
    case Comparison::kAtLeast:
      return ">=";
    case Comparison::kHas:
      return ":";
  }
  return "";
}

std::string Print(const Term& term) {
  std::string text(term.field->name);
  for (const std::string& name : term.path) absl::StrAppend(&text, ".", Counted(name));
  return absl::StrCat(text, SignOf(term.comparison), std::visit(PrintValue(), term.value));
}

}  // namespace

void Filter::Require(Term term) {
  const bool is_alone = steps_.empty();
  required_.push_back(term);
  steps_.push_back({.kind = Step::Kind::kTerm, .term = std::move(term)});
  if (!is_alone) steps_.push_back({.kind = Step::Kind::kAll, .count = 2});
}

Verdict Filter::Judge(absl::FunctionRef<Verdict(const Term&)> judge) const {
  absl::InlinedVector<Verdict, kUsualDepth> verdicts;
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Step::Kind::kTerm:
        verdicts.push_back(judge(step.term));
        break;
      case Step::Kind::kNot:
        verdicts.back() = Not(verdicts.back());
        break;
      case Step::Kind::kAll:
      case Step::Kind::kAny: {
        auto* const first = verdicts.end() - static_cast<std::ptrdiff_t>(step.count);
        const Verdict joined = step.kind == Step::Kind::kAll
                                   ? *std::min_element(first, verdicts.end())
                                   : *std::max_element(first, verdicts.end());
        verdicts.erase(first + 1, verdicts.end());
        verdicts.back() = joined;
        break;
      }
    }
  }
  return verdicts.empty() ? Verdict::kYes : verdicts.back();
}

std::string Filter::Normalised() const {
  std::string text;
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Step::Kind::kTerm:
        absl::StrAppend(&text, Print(step.term), "\n");
        break;
      case Step::Kind::kNot:
        absl::StrAppend(&text, "not\n");
        break;
      case Step::Kind::kAll:
        absl::StrAppend(&text, "all ", step.count, "\n");
        break;
      case Step::Kind::kAny:
        absl::StrAppend(&text, "any ", step.count, "\n");
        break;
    }
  }
  return text;
}

}  // namespace daybook::query
