#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"

#include "core/clock.h"
#include "detect/rule.h"
#include "event/event_rules.h"
#include "journal/aggregator.h"
#include "journal/checkpointer.h"
#include "journal/cosignatures.h"
#include "journal/detections.h"
#include "journal/detector.h"
#include "journal/eraser.h"
#include "journal/follower.h"
#include "journal/group_commit.h"
#include "journal/newest_events.h"
#include "journal/producers.h"
#include "journal/prover.h"
#include "journal/pruner.h"
#include "journal/reader.h"
#include "journal/recorder.h"
#include "journal/summarizer.h"
#include "journal/work_pool.h"
#include "query/page_token.h"
#include "signer/log_signer.h"
#include "storage/checkpoint_store.h"
#include "storage/erasure_journal.h"
#include "storage/event_store.h"
#include "storage/manifest_store.h"
#include "storage/retention_store.h"
#include "storage/snapshot_store.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"

namespace daybook::journal {

// The use cases over one open store: what the fronts call.
//
// Thread-safe.
class Journal {
 public:
  struct Options {
    GroupCommit::Limits commit_limits;
    Checkpointer::Options checkpoints;
    Summarizer::Options summaries = {};
    absl::Duration min_retention = absl::ZeroDuration();
    std::optional<detect::Rules> detections = {};  // none looks for nothing, ever
    Detector::Options detector = {};
    size_t batch_threads = 2;  // check large batches, together faster than one writer commits
    size_t max_waiting_batches = 64;
    size_t reader_threads = 4;
    size_t max_waiting_reads = 1'024;
    // How long a stream that follows the log may stand still with a message.
    absl::Duration tail_patience = absl::Minutes(1);
  };

  struct Parts {
    std::unique_ptr<storage::EventStore> events;
    std::shared_ptr<storage::CheckpointStore> checkpoints;
    std::shared_ptr<storage::ErasureJournal> erasures;  // may be the same object, and so may
    std::shared_ptr<storage::ManifestStore> manifests;  // these
    std::shared_ptr<storage::RetentionStore> retention;
    std::shared_ptr<storage::SnapshotStore> snapshots;
    signer::LogSigner signer;
    std::vector<ledger::VerifierKey> witnesses = {};  // those that are trusted
    event::EventRules rules;
    query::PageTokens tokens;
  };

  // What all of it uses; must outlive it.
  struct Surroundings {
    const Clock& clock;
    telemetry::Metrics& metrics;
    telemetry::Log& log;
  };

  // Errors as of Checkpointer::Start.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(Parts parts, const Surroundings& around,
                                                       const Options& options);

  // Answers everything it was asked, signs the log, then closes the store.
  ~Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  Recorder& recorder() { return recorder_; }
  Reader& reader() { return reader_; }
  Aggregator& aggregator() { return aggregator_; }
  Detections& detections() { return detections_; }
  Prover& prover() { return prover_; }
  Follower& follower() { return follower_; }
  Producers& producers() { return producers_; }
  Eraser& eraser() { return eraser_; }
  Pruner& pruner() { return pruner_; }
  Cosignatures& cosignatures() { return cosignatures_; }
  // nullptr where it looks for nothing.
  Detector* detector() { return detector_.get(); }
  const event::EventRules& rules() const { return parts_.rules; }

 private:
  Journal(Parts parts, std::vector<ledger::VerifierKey> keys,
          std::unique_ptr<Checkpointer> checkpointer, const Surroundings& around,
          const Options& options);

  const Parts parts_;
  Recorder recorder_;
  Reader reader_;
  Aggregator aggregator_;
  Detections detections_;
  Prover prover_;
  Cosignatures cosignatures_;
  NewestEvents newest_;
  Producers producers_;  // has a thread, and calls none of the others
  // Those with threads: what is further down ends first, and calls what is further
  // up until then.
  WorkPool pool_;
  const std::unique_ptr<Checkpointer> checkpointer_;
  GroupCommit commits_;
  WorkPool batches_;
  Eraser eraser_;
  Summarizer summarizer_;
  Pruner pruner_;
  Follower follower_;
  const std::unique_ptr<Detector> detector_;
};

}  // namespace daybook::journal
