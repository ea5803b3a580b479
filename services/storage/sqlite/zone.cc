#include "storage/sqlite/zone.h"

#include <algorithm>
#include <variant>

#include "daybook/audit/v1/event.pb.h"
#include "query/holds.h"

namespace daybook::storage::sqlite {
namespace {

using ::daybook::audit::v1::Event;
using ::daybook::query::Verdict;

constexpr size_t kMaxKinds = 1'024;

// What a term says of values that lie between two.
Verdict JudgeBetween(int64_t first, int64_t last, const query::Term& term) {
  const bool first_passes = query::HoldsForInteger(term, first);
  if (first == last) return first_passes ? Verdict::kYes : Verdict::kNo;
  const auto* const value = std::get_if<int64_t>(&term.value);
  const bool is_within = value != nullptr && first <= *value && *value <= last;
  if (is_within) return Verdict::kMaybe;
  return first_passes ? Verdict::kYes : Verdict::kNo;
}

Verdict JudgeTimes(const Zone& zone, const query::Term& term) {
  switch (term.field->number) {
    case Event::kCreatedAtFieldNumber:
      return JudgeBetween(zone.first_time, zone.last_time, term);
    case Event::kEventTimeFieldNumber:
      return JudgeBetween(zone.first_event_time, zone.last_event_time, term);
    case Event::kSeqFieldNumber:
      return JudgeBetween(static_cast<int64_t>(zone.first_seq.value()),
                          static_cast<int64_t>(zone.last_seq.value()), term);
    default:
      return Verdict::kMaybe;
  }
}

Verdict JudgeKind(const ActionCounts::Kind& kind, const query::Term& term) {
  const auto verdict = [](bool holds) { return holds ? Verdict::kYes : Verdict::kNo; };
  if (term.field->number == Event::kActionFieldNumber) {
    return verdict(query::HoldsForText(term, kind.first));
  }
  if (term.field->number == Event::kOutcomeFieldNumber) {
    return verdict(query::HoldsForInteger(term, kind.second));
  }
  return Verdict::kMaybe;
}

}  // namespace

void ActionCounts::Add(const std::string& action, int outcome, uint64_t events) {
  if (overflown_) return;
  kinds_[{action, outcome}] += events;
  overflown_ = kinds_.size() > kMaxKinds;
  if (overflown_) kinds_.clear();
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
  const auto of_times = [this](const query::Term& term) { return JudgeTimes(*this, term); };
  const auto* const kinds = counts ? counts->kinds() : nullptr;
  if (kinds == nullptr) return filter.Judge(of_times) != Verdict::kNo;
  return std::any_of(kinds->begin(), kinds->end(), [&](const auto& entry) {
    return filter.Judge([&](const query::Term& term) {
      const Verdict of_kind = JudgeKind(entry.first, term);
      return of_kind == Verdict::kMaybe ? of_times(term) : of_kind;
    }) != Verdict::kNo;
  });
}

SegmentAccess Zone::WhyNot(const query::Filter& filter) const {
  const auto of_times = [this](const query::Term& term) { return JudgeTimes(*this, term); };
  if (filter.Judge(of_times) == Verdict::kNo) return SegmentAccess::kSkippedByTime;
  return MayMatch(filter) ? SegmentAccess::kSkippedBySubject : SegmentAccess::kSkippedByKind;
}

}  // namespace daybook::storage::sqlite
