#pragma once

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "daybook/migration/v1/migration.pb.h"
#include "migrator/sqlite/run_account.h"

namespace daybook::migrator::sqlite {

// Takes the times of a run over one migration.
//
// Thread-compatible.
class Stopwatch {
 public:
  // The run begins now. `clock` must outlive it.
  Stopwatch(migration::v1::Budget allowed, const Clock& clock);

  // A phase begins, and the one before it is over; 0 seconds allow any time.
  void Begin(absl::string_view phase, uint32_t allowed_seconds);
  // Writers are kept out from now on.
  void BeginLock();

  // The run is over: writes its times into `account`.
  void Stop(RunAccount& account);

 private:
  void EndPhase(absl::Time now);

  const migration::v1::Budget allowed_;
  const Clock& clock_;
  const absl::Time begun_;
  absl::Time phase_begun_;
  absl::Time lock_begun_ = absl::InfiniteFuture();
  std::vector<RunAccount::Phase> phases_;
};

}  // namespace daybook::migrator::sqlite
