#include "verify/store_verifier.h"

#include <algorithm>
#include <atomic>
#include <numeric>
#include <thread>
#include <utility>

#include "core/mutex.h"
#include "core/status_macros.h"
#include "verify/conclusion.h"

namespace daybook::verify {

absl::StatusOr<StoreVerifier> StoreVerifier::Open(const db::sqlite::StoreLayout& layout,
                                                  const Options& options, const Advance& advance) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<StoreFacts> facts,
                           StoreFacts::Survey(layout, options, advance));
  return StoreVerifier(std::move(facts));
}

uint64_t StoreVerifier::SegmentsInUnit() const {
  return LeafBlock::kLeaves / std::gcd(LeafBlock::kLeaves, facts_->header.segment_events);
}

uint64_t StoreVerifier::units() const {
  return (facts_->segments - facts_->FirstSegment() + SegmentsInUnit() - 1) / SegmentsInUnit();
}

absl::StatusOr<UnitResult> StoreVerifier::Run(UnitCheck& check, uint64_t unit) const {
  const uint64_t first = facts_->FirstSegment() + unit * SegmentsInUnit();
  return check.Run(first, std::min(first + SegmentsInUnit(), facts_->segments));
}

absl::StatusOr<UnitResult> StoreVerifier::Verify(uint64_t unit, const Advance& advance) const {
  UnitCheck check(*facts_, advance);
  return Run(check, unit);
}

absl::Status StoreVerifier::VerifyUnits(const std::vector<uint64_t>& units, size_t threads,
                                        const Advance& advance,
                                        std::vector<UnitResult>& results) const {
  std::atomic<size_t> next = 0;
  std::atomic<bool> has_failed = false;
  Mutex mutex;
  absl::Status outcome;
  const auto work = [&] {
    UnitCheck check(*facts_, advance);
    for (size_t i = next++; i < units.size() && !has_failed; i = next++) {
      auto result = Run(check, units[i]);
      if (result.ok()) {
        results[units[i]] = *std::move(result);
        continue;
      }
      const MutexLock lock(mutex);
      outcome.Update(result.status());
      has_failed = true;
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::min(threads, units.size()); ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  return outcome;
}

absl::StatusOr<Report> StoreVerifier::Conclude(const std::vector<UnitResult>& units,
                                               const Advance& advance) const {
  return verify::Conclude(*facts_, units, advance);
}

absl::StatusOr<Report> StoreVerifier::VerifyAll(size_t threads, const Advance& advance) const {
  std::vector<uint64_t> all(units());
  std::iota(all.begin(), all.end(), 0);
  std::vector<UnitResult> results(all.size());
  DAYBOOK_RETURN_IF_ERROR(VerifyUnits(all, threads, advance, results));
  return Conclude(results, advance);
}

}  // namespace daybook::verify
