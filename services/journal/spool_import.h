#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/clock.h"
#include "daybook/audit/v1/audit_service.pb.h"
#include "journal/journal.h"
#include "spool/spool_folder.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// Records what the migrator has spooled, under the service's own name, and
// removes each file once its events are on disk. Events are recorded once,
// however often and however late their file comes again: the log itself is
// asked for them.
//
// Thread-compatible.
class SpoolImport {
 public:
  // All must outlive it.
  struct Collaborators {
    Journal& journal;
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  SpoolImport(spool::SpoolFolder folder, const Collaborators& collaborators);

  // Imports the files that wait, in the order of their names, until `stop`. One
  // that can never be recorded is set aside. One that cannot be read now is
  // passed over, and where the store does not record the others wait with it,
  // for the next time. What goes wrong is logged when it is met first.
  void ImportWaiting(const std::atomic<bool>& stop);

 private:
  // Imports one run; false where the others must wait.
  bool Import(const std::string& run);
  absl::Status Record(const std::string& run, const std::vector<audit::v1::Event>& events);
  // What the log does not hold yet.
  absl::StatusOr<audit::v1::BatchRecordEventsRequest> Missing(
      const std::string& run, const std::vector<audit::v1::Event>& events);
  absl::StatusOr<bool> IsRecorded(const std::string& request_id, const audit::v1::Event& event);

  void Remove(const std::string& run);
  void SetAside(const std::string& run, const absl::Status& why);
  void Tell(const std::string& run, const absl::Status& problem);

  const spool::SpoolFolder folder_;
  const Collaborators with_;
  telemetry::Counter imported_files_;
  telemetry::Counter bad_files_;
  telemetry::Counter events_;
  telemetry::Gauge waiting_files_;
  // What was told last about a run, or about the folder: "".
  absl::flat_hash_map<std::string, absl::Status> told_;
};

}  // namespace daybook::journal
