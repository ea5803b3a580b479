#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

#include "core/clock.h"
#include "core/mutex.h"
#include "journal/answer.h"
#include "journal/coverage.h"
#include "ledger/compact_range.h"
#include "ledger/proof.h"
#include "signer/log_signer.h"
#include "storage/checkpoint_store.h"
#include "storage/event_store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// When a checkpoint that is not there yet is due.
inline constexpr absl::Duration kCheckpointDelay = absl::Seconds(1);

// Signs the log as it grows, on a thread of its own: extends the tree that was
// signed last by the leaves behind it, signs, keeps, publishes, in this order. So
// a log that does not begin with what was signed is never signed.
//
// Thread-safe.
class Checkpointer {
 public:
  struct Options {
    absl::Duration spacing = kCheckpointDelay;    // between two checkpoints
    absl::Duration patience = absl::Seconds(10);  // of WhenCovered and WhenWitnessed
    // Told of each checkpoint that is published, on the checkpointer's thread; what
    // fails is logged and tried with the next one.
    std::function<absl::Status(const std::string& note)> announce = {};
  };
  // All must outlive it.
  struct Collaborators {
    storage::EventStore& events;
    storage::CheckpointStore& checkpoints;
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  // FAILED_PRECONDITION / SIGNING_REFUSED where the log is not what was signed, or
  // nothing tells what was.
  static absl::StatusOr<std::unique_ptr<Checkpointer>> Start(signer::LogSigner signer,
                                                             const Collaborators& with,
                                                             Options options);

  // Whether Start would succeed.
  static absl::Status Check(signer::LogSigner signer, const Collaborators& with);

  // The same; and what was signed last is kept, which a crash may have prevented.
  // Start would sign it again: for where it could not, with other keys.
  static absl::Status KeepLast(signer::LogSigner signer, const Collaborators& with);

  // Signs what is there, answers who waits, and ends.
  ~Checkpointer();
  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  using Published = journal::Published;

  // The newest; nullptr before the first.
  Published newest() const { return signed_.newest(); }
  // The newest that a witness has cosigned, with its cosignature; likewise.
  Published newest_witnessed() const { return witnessed_.newest(); }

  // Answers once a checkpoint covers the first `size` events: at once where one
  // does, or else from the checkpointer's thread, which must not be kept.
  //
  // UNAVAILABLE / CHECKPOINT_PENDING  none came in time
  void WhenCovered(LogSize size, Answer<Published> answer);
  // Likewise, once one does that a witness has cosigned; also from the thread that
  // tells so.
  void WhenWitnessed(LogSize size, Answer<Published> answer);

  // A witness has cosigned this one, larger than all before it, or the same with more
  // or newer cosignatures.
  void PublishWitnessed(Published checkpoint);

 private:
  using SteadyTime = Coverage::SteadyTime;

  Checkpointer(signer::LogSigner signer, const Collaborators& with, Options options);

  absl::Status ComeUpToDate();
  absl::StatusOr<ledger::CompactRange> TreeOf(LogSize size) const;
  absl::Status CheckAgainst(const ledger::TreeHead& signed_head);
  absl::StatusOr<ledger::TreeHead> HeadOf(const storage::StoredCheckpoint& kept) const;

  void Run();
  bool WaitForWork();
  void SignWhatIsNew();
  absl::Status Sign(LogSize size);
  absl::Status Keep(const storage::StoredCheckpoint& checkpoint);
  absl::StatusOr<storage::TreeGrowth> GrowthUpTo(LogSize size) const;
  LogSize published_size() const;
  void Publish(const ledger::TreeHead& head, const storage::StoredCheckpoint& kept);
  void Announce(const std::string& note);
  void Tell(const absl::Status& outcome);
  void AnswerWaiters(bool all);

  const Collaborators with_;
  const Options options_;
  telemetry::Gauge signed_size_;
  telemetry::Gauge signed_at_;
  telemetry::Counter failures_;

  // Of the checkpointer's thread alone.
  signer::LogSigner signer_;
  ledger::CompactRange tree_;
  absl::Status told_;       // what was logged last
  absl::Status announced_;  // likewise, of announcing

  Coverage signed_;
  Coverage witnessed_;

  Mutex mutex_;
  CondVar changed_;
  SteadyTime last_attempt_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;

  std::thread thread_;
};

}  // namespace daybook::journal
