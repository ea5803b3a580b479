#include "verify/findings.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace daybook::verify {
namespace {

uint64_t PlaceOf(const Finding& finding) {
  return finding.first_seq.value_or(std::numeric_limits<uint64_t>::max());
}

// Whether it says that rows are not those that were recorded.
bool IsAboutRows(const Finding& finding) {
  return finding.first_seq && finding.fault < Fault::kTileMismatch;
}

}  // namespace

void Findings::Add(Finding finding) {
  ++count_;
  if (list_.size() < kMost) list_.push_back(std::move(finding));
}

void Findings::Add(Fault fault, uint64_t seq, std::string what) {
  Add({.fault = fault, .first_seq = seq, .last_seq = seq, .what = std::move(what)});
}

void Findings::Add(Fault fault, std::string what) {
  Add({.fault = fault, .what = std::move(what)});
}

void Findings::Add(const Findings& others) {
  list_.insert(list_.end(), others.list_.begin(), others.list_.end());
  count_ += others.count_;
}

void Findings::Change(size_t place, Fault fault) {
  if (place < list_.size()) list_[place].fault = fault;
}

void Findings::DropConsequences() {
  const auto is_consequence = [this](const Finding& finding) {
    const bool may_be = finding.fault == Fault::kCatalogMismatch ||
                        finding.fault == Fault::kFilterMismatch ||
                        finding.fault == Fault::kTotalsMismatch;
    return may_be && finding.first_seq && TellOfRows(*finding.first_seq, *finding.last_seq);
  };
  std::vector<Finding> kept;
  for (const Finding& finding : list_) {
    if (is_consequence(finding)) {
      --count_;
    } else {
      kept.push_back(finding);
    }
  }
  list_ = std::move(kept);
}

bool Findings::TellOfRows(uint64_t first, uint64_t last) const {
  return std::any_of(list_.begin(), list_.end(), [&](const Finding& finding) {
    return IsAboutRows(finding) && *finding.first_seq <= last && *finding.last_seq >= first;
  });
}

void Findings::Sort() {
  std::stable_sort(list_.begin(), list_.end(),
                   [](const Finding& a, const Finding& b) { return PlaceOf(a) < PlaceOf(b); });
}

std::optional<uint64_t> Findings::FirstBadSeq() const {
  std::optional<uint64_t> first;
  for (const Finding& finding : list_) {
    if (finding.first_seq && (!first || *finding.first_seq < *first)) first = finding.first_seq;
  }
  return first;
}

}  // namespace daybook::verify
