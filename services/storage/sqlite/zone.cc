#include "storage/sqlite/zone.h"

#include <algorithm>
#include <variant>

#include "daybook/audit/v1/event.pb.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;

constexpr size_t kMaxKinds = 1'024;

bool KindPasses(const ActionCounts::Kind& kind, const query::Term& term) {
  if (term.field->number == Event::kActionFieldNumber) {
    return std::get<std::string>(term.value) == kind.first;
  }
  if (term.field->number == Event::kOutcomeFieldNumber) {
    return std::get<int64_t>(term.value) == kind.second;
  }
  return true;
}

bool TimesPass(const Zone& zone, const query::Term& term) {
  const auto* const time = std::get_if<int64_t>(&term.value);
  if (time == nullptr) return true;
  if (term.field->number == Event::kCreatedAtFieldNumber) {
    return zone.first_time <= *time && *time <= zone.last_time;
  }
  if (term.field->number == Event::kEventTimeFieldNumber) {
    return zone.first_event_time <= *time && *time <= zone.last_event_time;
  }
  return true;
}

}  // namespace

void ActionCounts::Add(const std::string& action, int outcome, uint64_t events) {
  if (overflown_) return;
  kinds_[{action, outcome}] += events;
  overflown_ = kinds_.size() > kMaxKinds;
  if (overflown_) kinds_.clear();
}

bool ActionCounts::MayMatch(const query::Filter& filter) const {
  const auto passes = [&filter](const auto& entry) {
    return std::all_of(filter.terms().begin(), filter.terms().end(),
                       [&entry](const query::Term& term) { return KindPasses(entry.first, term); });
  };
  return overflown_ || std::any_of(kinds_.begin(), kinds_.end(), passes);
}

uint64_t Zone::Tag() const {
  constexpr uint64_t kFactor = 0x9e3779b97f4a7c15;
  uint64_t tag = kFactor;
  for (const uint64_t part :
       {first_seq.value(), last_seq.value(), static_cast<uint64_t>(first_time),
        static_cast<uint64_t>(last_time), generation}) {
    tag = (tag ^ part) * kFactor;
    tag ^= tag >> 29;
  }
  return tag | 1;
}

bool Zone::MayMatch(const query::Filter& filter) const {
  const auto passes = [this](const query::Term& term) { return TimesPass(*this, term); };
  return std::all_of(filter.terms().begin(), filter.terms().end(), passes) &&
         (!counts || counts->MayMatch(filter));
}

}  // namespace daybook::storage::sqlite
