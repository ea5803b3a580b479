#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"

#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"
#include "ledger/compact_range.h"
#include "ledger/note_key.h"
#include "telemetry/progress.h"
#include "verify/report.h"

namespace daybook::cli {

// Verifies a log through the service that has it: that the leaves of all events it
// shows make the root that is signed, and that events are what their leaves say.
//
// Thread-compatible.
class OnlineVerifier {
 public:
  struct Options {
    std::vector<ledger::VerifierKey> keys;      // with none, the signature is not checked
    std::optional<verify::SignedHead> outside;  // a checkpoint that was kept elsewhere
    // How many events, drawn by chance, are held against their leaves; all by default.
    std::optional<uint64_t> sample;
    size_t threads = 1;
  };

  // `connection` must outlive it.
  OnlineVerifier(Connection& connection, Options options)
      : connection_(connection), options_(std::move(options)) {}

  // Errors are those of calls; what does not verify is in the report.
  absl::StatusOr<verify::Report> Verify(telemetry::Progress& progress);

 private:
  using Page = audit::v1::QueryEventsResponse;

  absl::StatusOr<bool> TakeHead();
  absl::Status CompareOutside();
  void DrawSample();
  absl::Status ReadEvents(telemetry::Progress& progress);
  absl::StatusOr<bool> TakePage(const Page& page);
  absl::StatusOr<bool> OpenEvents(const std::vector<audit::v1::Event>& events);
  absl::Status OpenSome(const std::vector<audit::v1::Event>& events, size_t from,
                        size_t& bad) const;
  absl::Status OpenTwice(const audit::v1::Event& shown) const;
  absl::Status Open(const audit::v1::Event& shown) const;
  uint64_t size() const { return report_.newest->head.size.value(); }

  Connection& connection_;
  const Options options_;
  verify::Report report_;
  std::optional<std::set<uint64_t>> sample_;  // nothing where all are opened
  ledger::CompactRange tree_;
};

}  // namespace daybook::cli
