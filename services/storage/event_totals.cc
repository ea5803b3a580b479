#include "storage/event_totals.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "daybook/audit/v1/event.pb.h"
#include "query/holds.h"
#include "query/json_value.h"

namespace daybook::storage {
namespace {

using ::daybook::query::Comparison;
using ::daybook::query::FieldValue;
using ::daybook::query::Term;
using ::daybook::query::Verdict;
using Fields = ::daybook::audit::v1::Event;

// Beyond, what sums up the events of a block is not much less than they are.
constexpr size_t kMaxKinds = 512;

bool HoldsForKind(const Term& term, const EventKind& kind) {
  const FieldValue value = ValueOf(kind, *term.field);
  if (const auto* const number = std::get_if<int64_t>(&value)) {
    return query::HoldsForInteger(term, *number);
  }
  const auto* const text = std::get_if<absl::string_view>(&value);
  return text != nullptr && query::HoldsForText(term, *text);
}

// Whether a term is a bound of seq or record time that every event meets which passes.
bool IsRequiredBound(const Term& term, const query::Filter& filter) {
  const bool is_bound = term.field->number == Fields::kSeqFieldNumber ||
                        term.field->number == Fields::kCreatedAtFieldNumber;
  return is_bound && term.comparison != Comparison::kNotEqual &&
         term.comparison != Comparison::kHas && std::holds_alternative<int64_t>(term.value) &&
         std::find(filter.required().begin(), filter.required().end(), term) !=
             filter.required().end();
}

}  // namespace

EventTotals& TotalsOfBlock::TotalsFor(const Event& event) {
  const auto found = kinds_.find(event);
  if (found != kinds_.end()) return found->second;
  EventKind kind = {.tenant = std::string(event.tenant),
                    .action = std::string(event.action),
                    .outcome = event.outcome};
  return kinds_[std::move(kind)];
}

void TotalsOfBlock::Add(const Event& event) {
  static const std::vector<std::string> summed = {kSummedMember};
  if (kinds_.size() > kMaxKinds) return;
  EventTotals& totals = TotalsFor(event);
  if (totals.events++ == 0) totals.first_time = event.created_at;
  totals.last_time = event.created_at;
  if (totals.newest.size() == kSamples) totals.newest.pop_back();
  totals.newest.insert(totals.newest.begin(), event.seq);
  if (event.details.empty()) return;
  const auto amount = query::NumberAt(event.details, summed);
  if (amount) totals.amount.Add(*amount);
}

TotalsByKind TotalsOfBlock::Take() {
  TotalsByKind kinds = std::exchange(kinds_, {});
  const bool are_exact = std::all_of(kinds.begin(), kinds.end(), [](const auto& kind) {
    return kind.second.amount.CanBeWritten();
  });
  if (kinds.size() > kMaxKinds || !are_exact) return {};
  return kinds;
}

FieldValue ValueOf(const EventKind& kind, const query::Field& field) {
  if (field.number == Fields::kOutcomeFieldNumber) return kind.outcome;
  const std::string& text = field.number == Fields::kTenantFieldNumber ? kind.tenant : kind.action;
  if (text.empty()) return std::monostate();
  return absl::string_view(text);
}

bool IsOfKind(const query::Field& field) {
  return field.number == Fields::kTenantFieldNumber || field.number == Fields::kActionFieldNumber ||
         field.number == Fields::kOutcomeFieldNumber;
}

bool IsOfKinds(const query::Filter& filter) {
  const auto is_term_of_kind = [&](const query::Step& step) {
    return step.kind != query::Step::Kind::kTerm || IsOfKind(*step.term.field) ||
           IsRequiredBound(step.term, filter);
  };
  return std::all_of(filter.steps().begin(), filter.steps().end(), is_term_of_kind);
}

bool Passes(const query::Filter& filter, const EventKind& kind) {
  const auto judge = [&kind](const Term& term) {
    return !IsOfKind(*term.field) || HoldsForKind(term, kind) ? Verdict::kYes : Verdict::kNo;
  };
  return filter.Judge(judge) == Verdict::kYes;
}

}  // namespace daybook::storage
