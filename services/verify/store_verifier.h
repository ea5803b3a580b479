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

// Verifies a store's folder as docs/verification.md says, and changes nothing in it. A
// service may run on it: what counts is the log as it was when this was opened.
//
// Thread-safe: units may be verified at the same time.
class StoreVerifier {
 public:
  struct Options {
    std::vector<ledger::VerifierKey> keys;  // with none, signatures are not checked
    std::optional<SignedHead> outside;      // a checkpoint that was kept elsewhere
  };

  // Errors as of StoreFacts::Survey.
  static absl::StatusOr<StoreVerifier> Open(const db::sqlite::StoreLayout& layout,
                                            const Options& options);

  // How many events the log holds, and how many units they are verified in.
  uint64_t size() const { return facts_->size; }
  uint64_t units() const;

  // Reads all of one unit. What is wrong with it is in the result. Errors:
  //   UNAVAILABLE  a file cannot be read now
  //   CANCELLED    `advance` said so
  absl::StatusOr<UnitResult> Verify(uint64_t unit, const Advance& advance) const;

  // What all units, in their order, show together.
  absl::StatusOr<Report> Conclude(std::vector<UnitResult> units) const;

  // All of that, on so many threads.
  absl::StatusOr<Report> VerifyAll(size_t threads, const Advance& advance) const;

 private:
  explicit StoreVerifier(std::unique_ptr<StoreFacts> facts) : facts_(std::move(facts)) {}

  uint64_t SegmentsInUnit() const;

  std::unique_ptr<StoreFacts> facts_;
};

}  // namespace daybook::verify
