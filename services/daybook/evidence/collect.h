#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "daybook/connection.h"
#include "daybook/evidence/case_file.h"
#include "daybook/signed_head.h"
#include "telemetry/progress.h"

namespace daybook::cli::evidence {

// So many events are a case; more are a copy of the log.
inline constexpr uint64_t kMaxCaseEvents = 20'000;

// Asks the service for the events of a case and for what proves them.
//
// Thread-compatible.
class Collector {
 public:
  struct Wanted {
    std::string filter;
    std::vector<ledger::Group> groups;
    std::vector<ledger::VerifierKey> keys;
    absl::Duration patience;  // with which a checkpoint is waited for
  };

  // All must outlive it.
  Collector(Connection& connection, telemetry::Progress& progress, Wanted wanted)
      : connection_(connection), progress_(progress), wanted_(std::move(wanted)) {}

  // What all events of the case are in: first find, then collect.
  struct Found {
    SignedHead head;
    uint64_t as_of_size = 0;
    Seq begin{0};  // of the log: what is below is dropped
  };
  // NOT_FOUND where no event matches.
  absl::StatusOr<Found> Find();

  // Adds the events to `to`, oldest first. UNAVAILABLE where some were dropped
  // meanwhile.
  absl::Status Collect(const Found& found, CaseWriter& to);

 private:
  absl::StatusOr<SignedHead> WaitForCheckpoint(Seq newest);
  absl::Status AddAll(const Found& found, CaseWriter& to);
  absl::Status AddEvent(const audit::v1::Event& event, const Found& found, CaseWriter& to);

  Connection& connection_;
  telemetry::Progress& progress_;
  const Wanted wanted_;
};

}  // namespace daybook::cli::evidence
