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
                                                  const Options& options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<StoreFacts> facts,
                           StoreFacts::Survey(layout, options.keys, options.outside));
  return StoreVerifier(std::move(facts));
}

uint64_t StoreVerifier::SegmentsInUnit() const {
  return LeafBlock::kLeaves / std::gcd(LeafBlock::kLeaves, facts_->header.segment_events);
}

uint64_t StoreVerifier::units() const {
  return (facts_->segments + SegmentsInUnit() - 1) / SegmentsInUnit();
}

absl::StatusOr<UnitResult> StoreVerifier::Verify(uint64_t unit, const Advance& advance) const {
  const uint64_t first = unit * SegmentsInUnit();
  return UnitCheck(*facts_, advance)
      .Run(first, std::min(first + SegmentsInUnit(), facts_->segments));
}

absl::StatusOr<Report> StoreVerifier::Conclude(std::vector<UnitResult> units) const {
  return verify::Conclude(*facts_, std::move(units));
}

absl::StatusOr<Report> StoreVerifier::VerifyAll(size_t threads, const Advance& advance) const {
  std::vector<UnitResult> results(units());
  // The newest unit first: a service that runs is kept from emptying the journal of its
  // active segment while that is read.
  std::atomic<uint64_t> left = units();
  Mutex mutex;
  absl::Status outcome;
  const auto work = [&] {
    UnitCheck check(*facts_, advance);
    for (uint64_t unit = left--; unit != 0 && unit <= results.size(); unit = left--) {
      const uint64_t first = (unit - 1) * SegmentsInUnit();
      auto result = check.Run(first, std::min(first + SegmentsInUnit(), facts_->segments));
      if (result.ok()) {
        results[unit - 1] = *std::move(result);
        continue;
      }
      const MutexLock lock(mutex);
      outcome.Update(result.status());
      left = 0;
      return;
    }
  };
  std::vector<std::thread> others;
  for (size_t i = 1; i < std::max<size_t>(threads, 1); ++i) others.emplace_back(work);
  work();
  for (std::thread& other : others) other.join();
  DAYBOOK_RETURN_IF_ERROR(outcome);
  return Conclude(std::move(results));
}

}  // namespace daybook::verify
