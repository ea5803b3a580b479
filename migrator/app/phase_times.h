#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

#include "core/clock.h"
#include "daybook/migration/v1/rehearsal.pb.h"
#include "migrator/sqlite/observer.h"

namespace daybook::migrator::app {

// Times the parts of a run, keeps its warnings and faults, and passes all on.
//
// Thread-compatible.
class PhaseTimes final : public sqlite::Observer {
 public:
  // Both must outlive it.
  PhaseTimes(sqlite::Observer& next, const Clock& clock) : next_(next), clock_(clock) {}

  // What the phases that follow are about.
  void SetVersion(int version, bool is_down);

  void Phase(absl::string_view phase, absl::string_view text) override;
  void Note(absl::string_view event, absl::string_view text, const Fields& fields) override;
  void Progress(absl::string_view work, uint64_t done, uint64_t all) override {
    next_.Progress(work, done, all);
  }
  void Ended(const sqlite::RunAccount& account) override { next_.Ended(account); }

  // The last phase is over.
  void End();

  const std::vector<migration::v1::RehearsedPhase>& phases() const { return phases_; }
  const std::vector<std::string>& findings() const { return findings_; }

 private:
  sqlite::Observer& next_;
  const Clock& clock_;
  bool is_under_way_ = false;
  absl::Time began_;
  migration::v1::RehearsedPhase current_;
  std::vector<migration::v1::RehearsedPhase> phases_;
  std::vector<std::string> findings_;
};

}  // namespace daybook::migrator::app
