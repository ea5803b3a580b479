#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "db/sqlite/store_layout.h"
#include "verify/advance.h"
#include "verify/report.h"
#include "verify/store_verifier.h"

namespace daybook::verify {

// Verifies a store on which a service may be at work: records, seals, erases, is killed and
// started again, drops its oldest events. Reports what a second, fresh look finds too, so that
// nothing counts which was only on its way; and of an erasure that is under way, what it leaves
// once it is done or comes no further. Whatever stays as it is is reported, whoever says that it is
// on its way.
//
// Thread-compatible.
class LiveVerifier {
 public:
  struct Options {
    StoreVerifier::Options store = {};
    size_t threads = 1;
    // How long an erasure may come no further.
    absl::Duration patience = absl::Minutes(1);
  };

  // Waits so long; false ends the work with CANCELLED.
  using Wait = std::function<bool(absl::Duration)>;

  // Errors as of StoreFacts::Survey.
  static absl::StatusOr<LiveVerifier> Open(const db::sqlite::StoreLayout& layout, Options options,
                                           const Advance& advance = {});

  // The first look reads the events from begin() up to size().
  uint64_t begin() const { return view_.verifier.begin(); }
  uint64_t size() const { return view_.verifier.size(); }

  // Reads all events, and those again in which something is wrong; in their order, where
  // it is on one thread. Errors as of StoreVerifier::Verify.
  absl::StatusOr<Report> Verify(const Advance& advance, const Wait& wait);

 private:
  // What one look saw.
  struct View {
    StoreVerifier verifier;
    std::vector<UnitResult> results;
  };

  LiveVerifier(db::sqlite::StoreLayout layout, Options options, StoreVerifier verifier)
      : layout_(std::move(layout)),
        options_(std::move(options)),
        view_({.verifier = std::move(verifier), .results = {}}) {}

  absl::Status LookAgain(const Report& report, const Advance& advance);
  absl::StatusOr<Report> Settle(const Advance& advance, const Wait& wait) const;
  // Leaves out what was dropped since, so that the first result is of the unit with which
  // the log begins now.
  static void LeaveOutDropped(const StoreVerifier& fresh, View& seen);
  static bool IsToBeReadAgain(uint64_t unit, const View& seen, const Report& report,
                              const StoreVerifier& fresh);

  const db::sqlite::StoreLayout layout_;
  const Options options_;
  View view_;
};

}  // namespace daybook::verify
