#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "db/sqlite/store_layout.h"
#include "ledger/note_key.h"
#include "verify/report.h"
#include "verify/store_facts.h"
#include "verify/unit_check.h"

namespace daybook::verify {

// Verifies a store's folder as docs/verification.md says, and changes nothing in it: the
// log as it was when this was opened. Where a service runs on it, what is found may be
// what the service was just doing: LiveVerifier tells.
//
// Thread-safe: units may be verified at the same time.
class StoreVerifier {
 public:
  using Options = StoreFacts::Options;

  // Errors as of StoreFacts::Survey.
  static absl::StatusOr<StoreVerifier> Open(const db::sqlite::StoreLayout& layout,
                                            const Options& options, const Advance& advance = {});

  // The log holds the events from begin() up to size(); in how many units they are
  // verified.
  uint64_t begin() const { return facts_->begin; }
  uint64_t size() const { return facts_->size; }
  uint64_t units() const;
  // How many events each of them is for, but the last.
  uint64_t unit_events() const { return SegmentsInUnit() * facts_->header.segment_events; }
  // The checkpoints that the events are held against, by size.
  const std::vector<SignedHead>& heads() const { return facts_->heads; }

  // Reads all of one unit. What is wrong with it is in the result. Errors:
  //   UNAVAILABLE  a file cannot be read now
  //   CANCELLED    `advance` said so
  absl::StatusOr<UnitResult> Verify(uint64_t unit, const Advance& advance) const;

  // Reads those units, on so many threads, and leaves each one's result in its place of
  // `results`, which has one for each. Errors as of Verify.
  absl::Status VerifyUnits(const std::vector<uint64_t>& units, size_t threads,
                           const Advance& advance, std::vector<UnitResult>& results) const;

  // What all units, in their order, show together. Errors as of Verify.
  absl::StatusOr<Report> Conclude(const std::vector<UnitResult>& units,
                                  const Advance& advance = {}) const;

  // All of that, on so many threads.
  absl::StatusOr<Report> VerifyAll(size_t threads, const Advance& advance) const;

 private:
  explicit StoreVerifier(std::unique_ptr<StoreFacts> facts) : facts_(std::move(facts)) {}

  uint64_t SegmentsInUnit() const;
  absl::StatusOr<UnitResult> Run(UnitCheck& check, uint64_t unit) const;

  std::unique_ptr<StoreFacts> facts_;
};

}  // namespace daybook::verify
