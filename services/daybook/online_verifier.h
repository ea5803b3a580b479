#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

#include "absl/status/statusor.h"

#include "core/ids.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "daybook/connection.h"
#include "ledger/compact_range.h"
#include "ledger/note_key.h"
#include "telemetry/progress.h"
#include "verify/report.h"

namespace daybook::cli {

// Verifies a log through the service that has it: that the leaves of all events it
// shows make the root that is signed, together with what stands for those that are
// dropped; that the log says that these are; and that events are what their leaves say.
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

  absl::Status VerifyFrom(Seq begin, telemetry::Progress& progress);
  absl::StatusOr<bool> TakeHead();
  absl::Status CompareOutside();
  absl::StatusOr<bool> TakeBegin(Seq begin);
  void DrawSample();
  absl::Status ReadEvents(telemetry::Progress& progress);
  void Conclude();
  absl::StatusOr<bool> TakePage(const Page& page);
  absl::Status MissEvents(uint64_t last);
  void AddMissing(uint64_t last);
  absl::StatusOr<bool> OpenEvents(std::vector<audit::v1::Event>& events);
  absl::Status OpenSome(std::vector<audit::v1::Event>& events, size_t from, size_t& bad) const;
  absl::Status OpenTwice(audit::v1::Event& shown) const;
  absl::Status Open(const audit::v1::Event& shown) const;
  void TakeDeclarations(const std::vector<audit::v1::Event>& events);
  uint64_t size() const { return report_.newest->head.size.value(); }
  // The event that comes next.
  uint64_t next() const { return report_.begin + report_.events; }

  Connection& connection_;
  const Options options_;
  verify::Report report_;
  std::optional<std::set<uint64_t>> sample_;  // nothing where all are opened
  ledger::CompactRange tree_;
  bool is_declared_ = false;  // that the log begins where it does
};

}  // namespace daybook::cli
