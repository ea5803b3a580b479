#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "daybook/witness/v1/witness_service.pb.h"
#include "db/sqlite/file_lock.h"
#include "ledger/checkpoint.h"
#include "ledger/note_key.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "witness/known_logs.h"
#include "witness/witness_folder.h"

namespace daybook::witness {

// Cosigns the checkpoints of other logs, and never two histories of one: what it
// cosigned last of each is on disk before anybody is told.
//
// Thread-safe: checkpoints are judged one after the other.
class Witness {
 public:
  // All must outlive it.
  struct Surroundings {
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  // With what the folder holds; where there is no key and none was given it makes
  // one of this name, or of a fresh one where that is empty.
  //
  // FAILED_PRECONDITION / WITNESS_NOT_CONFIGURED  the key is none of a witness, has
  //     another name, or was lost
  // UNAVAILABLE                                   another process uses the folder
  static absl::StatusOr<std::unique_ptr<Witness>> Open(WitnessFolder folder,
                                                       const std::string& name, KnownLogs logs,
                                                       const Surroundings& around);

  const ledger::VerifierKey& verifier() const { return key_.verifier(); }

  // Errors as the contract says. Waits for the disk.
  absl::StatusOr<v1::AddCheckpointResponse> AddCheckpoint(const v1::AddCheckpointRequest& request);

 private:
  struct Series {
    telemetry::Counter cosigned;
    telemetry::Gauge size;
  };
  // A checkpoint that its log has signed.
  struct Signed {
    ledger::Checkpoint checkpoint;
    std::string text;  // what was signed
    std::string note;  // with signatures of the log alone
  };

  Witness(WitnessFolder folder, db::sqlite::FileLock lock, ledger::SigningKey key, KnownLogs logs,
          const Surroundings& around);

  void ShowLast();
  absl::StatusOr<Signed> OpenSigned(const std::string& note) const;
  absl::StatusOr<std::optional<Signed>> Last(const std::string& origin) const;
  absl::StatusOr<std::string> Cosign(const v1::AddCheckpointRequest& request);
  absl::Status Forked(const Signed& last, const Signed& other);

  const WitnessFolder folder_;
  const db::sqlite::FileLock lock_;
  const ledger::SigningKey key_;
  const KnownLogs logs_;
  const Surroundings around_;
  telemetry::Counter forks_;
  absl::flat_hash_map<std::string, Series> series_;  // by origin

  Mutex mutex_;  // held from reading what was cosigned last to having written it
};

}  // namespace daybook::witness
