#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

#include "migrator/app/hooks.h"
#include "migrator/app/options.h"
#include "migrator/app/report_observer.h"
#include "spool/migration_event.h"

namespace daybook::migrator::app {

// A migration that is about to be applied or taken back.
struct Undertaking {
  spool::MigrationEvent::Kind kind = spool::MigrationEvent::Kind::kApplied;
  int version = 0;
  std::string name;
  std::string checksum;
  std::string strategy;
};

// Tells of each migration to the report, to hooks, and to daybookd by its spool.
//
// Thread-compatible.
class Announcer final : public ReportObserver {
 public:
  // Both must outlive it.
  Announcer(const Options& options, Report& report)
      : ReportObserver(report), options_(options), hooks_(options, report) {}

  // Before anything of it is done. Failures as of Hooks::Ask.
  absl::Status Begin(const Undertaking& what);

  // It came to this, and the event lies in the spool; what goes wrong there is a
  // warning. Returns `ended`. An ABORTED run is no event: another one follows.
  absl::Status End(const absl::Status& ended);

  void Phase(absl::string_view phase, absl::string_view text) override;
  void Note(absl::string_view event, absl::string_view text, const Fields& fields) override;
  void Progress(absl::string_view work, uint64_t done, uint64_t all) override;

 private:
  spool::MigrationEvent EventOf(const absl::Status& ended) const;
  absl::Status LeaveInSpool(const absl::Status& ended);

  const Options& options_;
  Hooks hooks_;
  bool is_under_way_ = false;
  Undertaking what_;
  absl::Time begun_;
  absl::Time mentioned_ = absl::InfinitePast();
  int64_t quarantined_ = 0;
  int left_ = 0;  // in the spool
};

}  // namespace daybook::migrator::app
