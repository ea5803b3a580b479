#include "query/match.h"

#include <variant>

#include "query/field_value.h"
#include "query/holds.h"

namespace daybook::query {
namespace {

using ::daybook::audit::v1::Event;

bool Holds(const Term& term, const Event& event) {
  const FieldValue value = ValueIn(event, *term.field);
  if (const auto* const number = std::get_if<int64_t>(&value)) {
    return HoldsForInteger(term, *number);
  }
  const auto* const text = std::get_if<absl::string_view>(&value);
  if (text == nullptr) return false;
  return term.field->kind == FieldKind::kJson ? HoldsForJson(term, *text)
                                              : HoldsForText(term, *text);
}

}  // namespace

bool Matches(const Filter& filter, const Event& event) {
  const auto judge = [&event](const Term& term) {
    return Holds(term, event) ? Verdict::kYes : Verdict::kNo;
  };
  return filter.Judge(judge) == Verdict::kYes;
}

}  // namespace daybook::query
